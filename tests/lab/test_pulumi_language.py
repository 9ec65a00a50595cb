"""Which Python a project runs on, which plugins its packages call for, and what its exit code means."""

import sys
from pathlib import Path

import pytest

from lab.pulumi.language.packages import Package, list_packages, plugin_version, required_plugin
from lab.pulumi.language.process import Child, Children
from lab.pulumi.language.running import response
from lab.pulumi.language.toolchain import Options, Python, ToolchainError, find_python


def options(root: Path, **raw: object) -> Options:
    return Options.parse(str(root), str(root), raw)


def environment(folder: Path) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    return folder


def test_a_virtualenv_is_relative_to_the_projects_root(tmp_path: Path) -> None:
    venv = environment(tmp_path / "my-venv")
    assert find_python(options(tmp_path, virtualenv="my-venv")) == Python(str(venv / "bin" / "python"), venv)


def test_a_virtualenv_may_be_absolute(tmp_path: Path) -> None:
    venv = environment(tmp_path / "elsewhere")
    assert find_python(options(tmp_path / "project", virtualenv=str(venv))).environment == venv


def test_a_missing_virtualenv_is_named_with_the_commands_that_make_it(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=rf"{tmp_path}/venv.*doesn't exist(.|\n)*python3 -m venv {tmp_path}/venv"):
        find_python(options(tmp_path, virtualenv="venv"))


def test_a_uv_lock_file_selects_its_environment(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").touch()
    venv = environment(tmp_path / ".venv")
    assert find_python(options(tmp_path)).environment == venv


def test_without_options_the_python_on_the_path_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_PYTHON_CMD", sys.executable)
    assert find_python(options(tmp_path)) == Python(sys.executable, None)


@pytest.mark.parametrize("raw", [{"toolchain": "conda"}, {"typechecker": "pyre"}, {"virtualenv": 3}])
def test_a_wrong_option_is_named(tmp_path: Path, raw: dict[str, object]) -> None:
    with pytest.raises(ToolchainError, match=next(iter(raw))):
        options(tmp_path, **raw)


def test_activation_puts_the_environment_first_and_forgets_another(tmp_path: Path) -> None:
    activated = Python("python", tmp_path).environ({"PATH": "/bin", "VIRTUAL_ENV": "/old", "PYTHONHOME": "/x"})
    assert activated == {"PATH": f"{tmp_path}/bin:/bin", "VIRTUAL_ENV": str(tmp_path)}


@pytest.mark.parametrize(
    ("package", "plugin"),
    [
        ("1.2.3", "1.2.3"),
        ("1.0", "1.0.0"),
        ("1.2.3a4", "1.2.3-alpha.4"),
        ("1.2.3rc4", "1.2.3-rc.4"),
        ("1.2.3.post4", "1.2.3+post4"),
        ("1.2.3.post4.dev5", "1.2.3+post4dev5"),
        ("1!2.3", None),
        ("nonsense", None),
    ],
)
def test_a_packages_version_becomes_the_plugins(package: str, plugin: str | None) -> None:
    assert plugin_version(package) == plugin


def package(name: str, plugin: dict[str, object] | None) -> Package:
    return Package(name, "1.2.3", plugin, is_required_by_another=False)


def test_a_package_calls_for_the_plugin_it_names() -> None:
    found = required_plugin(package("anything", {"resource": True, "name": "kubernetes", "version": "4.5.6"}))
    assert found is not None
    assert (found.name, found.version) == ("kubernetes", "v4.5.6")


def test_a_package_of_the_family_without_a_description_calls_for_its_namesake() -> None:
    found = required_plugin(package("pulumi-aws", None))
    assert found is not None
    assert (found.name, found.version) == ("aws", "v1.2.3")


@pytest.mark.parametrize(
    ("name", "plugin"),
    [("requests", None), ("pulumi-policy", None), ("pulumi-thing", {"resource": False, "name": "thing"})],
)
def test_other_packages_call_for_nothing(name: str, plugin: dict[str, object] | None) -> None:
    assert required_plugin(package(name, plugin)) is None


def test_the_packages_of_an_interpreter_are_listed_with_their_plugin_descriptions() -> None:
    packages = {each.name: each for each in list_packages(Python(sys.executable, None))}
    kubernetes = packages["pulumi-kubernetes"]
    assert kubernetes.plugin is not None
    assert kubernetes.plugin["name"] == "kubernetes"
    assert packages["pulumi"].is_required_by_another


def test_an_exit_code_of_0_is_success() -> None:
    assert (response(0).error, response(0).bail) == ("", False)


def test_an_error_the_program_has_shown_is_not_shown_again() -> None:
    assert (response(32).error, response(32).bail) == ("", True)


@pytest.mark.parametrize(("code", "shown"), [(1, 1), (-9, -1)])
def test_any_other_exit_code_is_told(code: int, shown: int) -> None:
    assert response(code).error == f"program exited with non-zero exit code: {shown}"


def sleeper() -> Child:
    return Child([sys.executable, "-c", "import time; time.sleep(60)"], {})


def test_an_interrupt_ends_a_program() -> None:
    child = sleeper()
    child.interrupt()
    assert child.wait() != 0


def test_an_interrupt_also_ends_a_program_that_starts_after_it() -> None:
    children = Children()
    children.interrupt_all()
    assert children.add(sleeper()).wait() != 0
