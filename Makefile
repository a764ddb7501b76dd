# Thin: the work is done by dev/stack.py, see "make help".
PYTHON ?= python3
STACK = @$(PYTHON) dev/stack.py

.PHONY: help demo screenshots test alone torture neighbours migration ai bench lint format dist docs changelog terms stop clean

help:
	@sed 's/^#: \{0,1\}//;t;d' Makefile

demo:
	$(STACK) demo $(ARGS)

screenshots:
	$(STACK) screenshots $(ARGS)

test:
	$(STACK) test $(ARGS)

alone:
	$(STACK) alone $(ARGS)

torture:
	$(STACK) torture $(ARGS)

neighbours:
	$(STACK) neighbours $(ARGS)

migration:
	$(STACK) migration $(ARGS)

ai:
	$(STACK) ai $(ARGS)

bench:
	$(STACK) bench $(ARGS)

lint:
	$(STACK) lint

format:
	$(STACK) format

dist:
	$(STACK) dist $(ARGS)

docs:
	$(STACK) docs $(ARGS)

changelog:
	$(STACK) changelog $(ARGS)

terms:
	$(STACK) terms $(ARGS)

stop:
	$(STACK) stop

clean:
	$(STACK) clean

#: make demo     Odoo 19 with the addon, demo data, a place for its mail and chat,
#:               until Ctrl-C; sets up all it needs in .stack first
#:               (ARGS=--check: only see that it starts)
#: make screenshots   the pictures of the add-ons' pages, from the demo data
#:               (ARGS="policy ticket": only these; SCREEN_LANG=de_DE: in another
#:               language, into .stack/screens)
#: make test     the whole test suite, on freshly installed databases: the core's tests
#:               with the core alone, the others with all the add-ons (ARGS="-k name",
#:               ARGS="-n0 -x tests/core/test_….py": any pytest option)
#: make alone    the tests of each wing, with the core and that wing alone
#: make torture  the tests of faults and chance in their long form, for a quarter of an
#:               hour or more (SEED=…: the same chance again; ARGS as with make test)
#: make neighbours   stories beside add-ons of Odoo and the OCA that touch the same paths,
#:               each of them and all at once, for half an hour or more; each is taken off
#:               again, and so are ours (ARGS=crm: only this one; also pytest's options)
#: make migration   a database of the newest release, upgraded to what is here: that all is
#:               still there and nobody is notified twice (ARGS=<commit>: of that one)
#: make ai       the proposals of a real language model, a small one on this machine: that
#:               they come, not that they are right (first fetches and compiles it)
#: make bench    measure what it costs, and write bench/README.md (twenty minutes or
#:               more, on a quiet machine; ARGS="--only rival": a part of it, with
#:               "--output bench/README.md" to renew its table alone; ARGS=--tiny)
#: make lint     the OCA's checks; make format mends what can be mended, and renews the
#:               add-ons' pages (README.rst, index.html) from their readme/
#: make dist     a wheel of each add-on, in dist/ (ARGS=--check: and install them in a fresh
#:               virtual environment beside Odoo, and run)
#: make docs     the guide for users, in site/ (open site/index.html); a dead link fails
#: make changelog   what is in changelog.d/, into CHANGELOG.md (VERSION=19.0.1.1.0;
#:               ARGS=--draft only shows it)
#: make terms    the add-ons' terms for translators, and what is new in each language, empty
#:               (ARGS=sv: begin another language)
#: make stop     stop the embedded PostgreSQL (it starts again by itself)
#: make clean    remove the stack with all its databases
#: dev/odoo …    the Odoo command line in the stack: dev/odoo shell -d demo
#:
#: Needed: Debian (its apt; no root) and Python 3.11 to 3.13. Elsewhere: ODOO_HOME.
#: For browser tests and pictures also chromium; for make lint also npm; for make ai
#: also a C++ compiler.
#:
#: Environment variables (also "make demo HTTP_PORT=8169"):
#:   PYTHON      the Python to use                                  python3
#:   STACK_DIR   the folder for all that is fetched and made        .stack
#:   ODOO_HOME   an Odoo 19 checkout or install to use instead of Debian's package
#:   PGHOST …    a PostgreSQL server to use instead of the embedded one, with
#:               PGPORT, PGUSER (may create databases, not "postgres"), PGPASSWORD
#:   HTTP_PORT   Odoo                                               8069
#:   MAIL_PORT   the web page with the mails and the chat room      8070
#:   SMTP_PORT   where Odoo sends them                              8025
#:   DEMO_DB     the database of make demo                          demo
#:   TEST_DB     the first part of the names of the test databases  escalation_test
#:   BENCH_DB    the same of those of make bench                    escalation_bench
#: apt, pip and npm use their own settings (mirrors, proxies, certificates).
