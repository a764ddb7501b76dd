from .models.res_config_settings import HOSTS


def uninstall_hook(env):
    """Forget which addresses inside the own network were allowed."""
    env["ir.config_parameter"].search([("key", "=", HOSTS)]).unlink()
