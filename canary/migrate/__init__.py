"""Takes releases over from other tools. Knows their field names; what they mean here is the settings' business."""

from canary.migrate.argo import from_argo
from canary.migrate.findings import Imported, ImportFault
from canary.migrate.flagger import from_flagger
from canary.migrate.render import as_python, as_stack_config

__all__ = ["ImportFault", "Imported", "as_python", "as_stack_config", "from_argo", "from_flagger"]
