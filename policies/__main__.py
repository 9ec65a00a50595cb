"""Entry of the pack, as Pulumi runs it: `pulumi preview --policy-pack policies`.

Pulumi runs the folder wherever it is (a published pack is in one named after its version), so the package is given its
name here. The profile comes from the stack's configuration or the environment; `--policy-pack-config` goes over it.
"""

import importlib.util
import os
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def _name_the_package() -> None:
    found = importlib.util.spec_from_file_location(
        "policies", FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
    )
    if found is None or found.loader is None:
        raise ImportError(f"{FOLDER} has no __init__.py: it is not the whole policy pack")
    package = importlib.util.module_from_spec(found)
    sys.modules["policies"] = package
    found.loader.exec_module(package)


def main() -> None:
    """Serve the policies until the engine is done."""
    _name_the_package()
    import pulumi  # noqa: PLC0415 - after the package has its name
    from pulumi_policy import PolicyPack  # noqa: PLC0415

    from policies.pack import NAME, STARTER, policies, profile  # noqa: PLC0415

    chosen = pulumi.Config("canary").get("policyProfile") or os.environ.get("CANARY_POLICY_PROFILE") or STARTER
    PolicyPack(NAME, policies(), initial_config=profile(chosen))


if __name__ == "__main__":
    main()
