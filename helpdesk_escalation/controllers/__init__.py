from . import main, sign_off, thread
