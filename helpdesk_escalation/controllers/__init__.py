from . import main, portal, thread
