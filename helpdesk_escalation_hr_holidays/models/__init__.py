from . import hr_employee
from . import hr_leave
from . import res_users
