"""For ``odoo shell``: build the web client's bundles, so that no first page waits."""

# ruff: noqa: F821 (env is the shell's)
for bundle in ("web.assets_web", "web.assets_frontend", "web.assets_tests"):
    files = env["ir.qweb"]._get_asset_bundle(bundle, css=True, js=True)
    files.css()
    files.js()
env.cr.commit()
