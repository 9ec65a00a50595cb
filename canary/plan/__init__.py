"""What a release is going to do, told before it does anything: for a reviewer, from the program's own data.

Pure. Everything here follows from the old and the new inputs of a release; nothing is called, read or touched.
"""

from canary.plan.compose import plan_of
from canary.plan.model import Plan, from_json, to_json
from canary.plan.text import as_text

__all__ = ["Plan", "as_text", "from_json", "plan_of", "to_json"]
