"""What nearly all test classes begin with, prepared once for each database.

Companies and people take seconds to create, and hundreds of classes begin with the same
ones. So the first class that needs them commits them to the test database, which each
test process has for itself, and the others find them there.
"""

from odoo.models import BaseModel
from odoo.tests.common import get_db_name

_scenes = {}


class Scene:
    """What a test class has prepared.

    :ivar values: {attribute of the class: a text or a switch}
    :ivar records: {attribute of the class: (model, ids, context)}
    """

    def __init__(self, stage):
        self.values = {}
        self.records = {}
        for name, value in vars(stage).items():
            if isinstance(value, BaseModel):
                self.records[name] = (value._name, value._ids, value.env.context)
            elif isinstance(value, str | bool) and not name.startswith("__"):
                self.values[name] = value

    def show(self, cls):
        """Let a class have all of it, as if it had prepared it itself."""
        for name, value in self.values.items():
            setattr(cls, name, value)
        for name, (model, ids, context) in self.records.items():
            setattr(cls, name, cls.env(context=context)[model].browse(ids))


def get_scene(stage):
    """The scene in the database of this process.

    :param stage: the test class that prepares it, where there is none yet
    """
    database = get_db_name()
    if database not in _scenes:
        try:
            stage.setUpClass()
            # A test must not commit; this is none.
            stage.commit_patcher.stop()
            stage.cr.commit()
            _scenes[database] = Scene(stage)
        finally:
            stage.doClassCleanups()
    return _scenes[database]
