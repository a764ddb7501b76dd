"""What must hold whatever happened: read from the database and the mails that came.

Nobody is told twice, nothing is lost, nothing is half done, and no step follows a
confirmation. It asks the tables themselves, not the code it judges.
"""

import base64
import json
import re
from collections import Counter, namedtuple

from .server import query

# Who was told and how an incident changed, in the order in which it was committed:
# the rows' own transactions are what counts, and no later change hides them.
AUDIT = """
CREATE TABLE audit (id serial, what text, incident_id int, round int);
CREATE FUNCTION audit_told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO audit (what, incident_id, round)
       VALUES ('told', NEW.incident_id, NEW.round);
  RETURN NULL; END $$;
CREATE FUNCTION audit_state() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO audit (what, incident_id, round) VALUES (NEW.state, NEW.id, NEW.round);
  RETURN NULL; END $$;
CREATE TRIGGER audit AFTER INSERT ON helpdesk_escalation_notification
  FOR EACH ROW WHEN (NEW.state != 'skipped') EXECUTE FUNCTION audit_told();
CREATE TRIGGER audit AFTER UPDATE ON helpdesk_escalation_incident
  FOR EACH ROW WHEN (NEW.state != OLD.state) EXECUTE FUNCTION audit_state();
"""

# Each finds what must not be.
BROKEN = {
    "told twice by a step": """
        SELECT incident_id, round, step_id, user_id, channel, count(*)
          FROM helpdesk_escalation_notification
         WHERE state != 'skipped'
         GROUP BY 1, 2, 3, 4, 5 HAVING count(*) > 1""",
    "two open incidents of a ticket": """
        SELECT ticket_id FROM helpdesk_escalation_incident WHERE state != 'resolved'
         GROUP BY 1 HAVING count(*) > 1""",
    "two incidents about one wait": """
        SELECT ticket_id, anchor_message_id FROM helpdesk_escalation_incident
         GROUP BY 1, 2 HAVING count(*) > 1""",
    "an incident that has told nobody": """
        SELECT id, error FROM helpdesk_escalation_incident incident
         WHERE NOT EXISTS (SELECT FROM helpdesk_escalation_notification
                            WHERE incident_id = incident.id AND state != 'skipped')""",
    "an incident with a fault": """
        SELECT id, error FROM helpdesk_escalation_incident
         WHERE state != 'resolved' AND (attempts > 0 OR error > '')""",
    "a notification that stays pending": """
        SELECT line.id, line.queued_date, mail.state, mail.failure_reason
          FROM helpdesk_escalation_notification line
          LEFT JOIN mail_mail mail ON mail.id = mail_id
         WHERE line.state = 'pending'""",
    "a mail of ours that stays in the queue": """
        SELECT mail.id, mail.state FROM mail_mail mail
          JOIN mail_message message ON message.id = mail_message_id
         WHERE message.model = 'helpdesk.escalation.incident'
           AND mail.state IN ('outgoing', 'exception')""",
    "an activity that belongs to no notification": """
        SELECT activity.id, activity.res_id FROM mail_activity activity
          JOIN ir_model_data data ON data.model = 'mail.activity.type'
           AND data.name = 'mail_activity_type_escalation'
           AND data.res_id = activity_type_id
         WHERE activity.active AND NOT EXISTS (
               SELECT FROM helpdesk_escalation_notification line
                WHERE line.activity_id = activity.id)""",
    "an activity after the end": """
        SELECT activity.id, activity.res_id FROM mail_activity activity
          JOIN helpdesk_escalation_notification line ON line.activity_id = activity.id
          JOIN helpdesk_escalation_incident incident ON incident.id = line.incident_id
         WHERE activity.active AND incident.state = 'resolved'""",
    "somebody told by an activity that is not there": """
        SELECT line.id FROM helpdesk_escalation_notification line
          JOIN helpdesk_escalation_incident incident ON incident.id = line.incident_id
         WHERE line.channel = 'activity' AND line.state = 'sent'
           AND incident.state = 'active' AND line.activity_id IS NULL""",
    "a note written twice": """
        SELECT res_id, body, count(*) FROM mail_message
         WHERE model = 'helpdesk.ticket' AND message_type = 'notification'
           AND mail_activity_type_id IS NULL
           AND res_id IN (SELECT ticket_id FROM helpdesk_escalation_incident)
         GROUP BY 1, 2 HAVING count(*) > 1""",
    "access left behind": """
        SELECT id FROM helpdesk_escalation_notification line
         WHERE access_granted AND EXISTS (
               SELECT FROM helpdesk_escalation_incident incident
                WHERE incident.id = line.incident_id
                  AND incident.state = 'resolved')""",
    "somebody told after a confirmation": """
        SELECT told.incident_id FROM audit told
          JOIN audit stop USING (incident_id, round)
         WHERE told.what = 'told' AND stop.what IN ('confirmed', 'resolved')
           AND pg_xact_commit_timestamp(told.xmin)
               > pg_xact_commit_timestamp(stop.xmin)""",
}

# Tickets on which nobody has answered or confirmed, and a step that is due (but for
# the time since the last run) has told nobody.
FORGOTTEN = """
    SELECT ticket.id, ticket.name, incident.state, step.delay
      FROM helpdesk_ticket ticket
      JOIN helpdesk_escalation_step step ON ticket.create_date
           <= now() AT TIME ZONE 'UTC' - step.delay * interval '1 minute'
              - interval '40 seconds'
      LEFT JOIN helpdesk_escalation_incident incident
             ON incident.ticket_id = ticket.id
     WHERE ticket.id = ANY(%s)
       AND COALESCE(incident.state, 'active') = 'active'
       AND NOT EXISTS (SELECT FROM mail_message WHERE model = 'helpdesk.ticket'
                       AND res_id = ticket.id AND escalation_party = 'staff')
       AND NOT EXISTS (SELECT FROM helpdesk_escalation_notification line
                        WHERE line.incident_id = incident.id
                          AND line.step_id = step.id AND line.state != 'skipped')
"""

Link = namedtuple("Link", ["path", "notification_id"])
LINK = re.compile(r"(/helpdesk_escalation/confirm/([\w-]+))")


def links_in(mail):
    """Return the links in a mail: whose they are is written in them, and signed."""
    found = {}
    for path, token in LINK.findall(mail.get_body(("html",)).get_content()):
        values = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[41:]
        found[path] = Link(path, json.loads(values)[0])
    return list(found.values())


def check_promises(database, tickets, mails, same_mail_again=0):
    """Check everything, once all that is due has happened.

    :param list tickets: none of these may be forgotten
    :param mails: what reached the mail server
    :param int same_mail_again: how many mails may have come twice with one Message-Id,
        as when a server dies between handing over a mail and noting it
    """
    for what, statement in BROKEN.items():
        rows = query(database, statement)
        assert not rows, f"{what}: {len(rows)}, such as {rows[:5]}"
    forgotten = query(database, FORGOTTEN, tickets)
    assert not forgotten, f"forgotten: {len(forgotten)}, such as {forgotten[:5]}"
    check_mails(database, mails, same_mail_again)


def check_mails(database, mails, same_mail_again=0):
    """Check that each person was mailed once about each step of an incident."""
    rows = query(
        database,
        "SELECT line.id, line.state, line.incident_id, line.step_id, line.round, "
        "partner.email FROM helpdesk_escalation_notification line "
        "JOIN res_users ON res_users.id = line.user_id "
        "JOIN res_partner partner ON partner.id = res_users.partner_id "
        "WHERE line.channel = 'email' AND line.state != 'skipped'",
    )
    lines = {row[0]: row[1:] for row in rows}
    copies = Counter(mail["Message-Id"] for mail in mails if links_in(mail))
    again = sum(copies.values()) - len(copies)
    assert again <= same_mail_again, f"{again} mails came again"
    reached = Counter()
    for mail in {mail["Message-Id"]: mail for mail in mails}.values():
        for link in links_in(mail):
            _state, incident, step, turn, address = lines[link.notification_id]
            assert mail.envelope_to == [address], "a mail for somebody else"
            reached[address, incident, step, turn] += 1
    twice = [key for key, count in reached.items() if count > 1]
    assert not twice, f"mailed twice: {len(twice)}, such as {twice[:5]}"
    lost = [
        line
        for line in lines.values()
        if line[0] == "sent" and (line[4], *line[1:4]) not in reached
    ]
    assert not lost, f"never mailed: {len(lost)}, such as {lost[:5]}"
