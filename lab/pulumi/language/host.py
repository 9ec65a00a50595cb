"""Answers the engine's questions about Python projects and runs them.

Each answer is worked out elsewhere; here requests become calls and failures become gRPC errors with the message the
user should read. What generates code (`pulumi convert`, `pulumi package add`) is refused: nobody releases with it.
"""

# ruff: noqa: D102, N802  (the methods and their names are those of the `LanguageRuntime` protocol)

import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format

from lab.pulumi.language import plugin_run, running
from lab.pulumi.language.packages import RequiredPlugin, list_packages, required_plugin
from lab.pulumi.language.process import Child, Children
from lab.pulumi.language.toolchain import Options, ToolchainError, find_python
from lab.pulumi.protos import language_pb2 as messages
from lab.pulumi.protos import language_pb2_grpc, plugin_pb2
from lab.pulumi.versions import sdk_version


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """The `LanguageRuntime` service. `engine_address` may come later, with the handshake."""

    def __init__(self, engine_address: str) -> None:
        self._engine_address = engine_address
        self._children = Children()

    def interrupt(self) -> None:
        """Interrupt every program and plugin that runs; those that do not listen are killed 5 seconds later."""
        self._children.interrupt_all()

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine_address = request.engine_address
        return messages.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=sdk_version())

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.interrupt()
        return empty_pb2.Empty()

    def GetRequiredPackages(self, request: Any, context: grpc.ServicerContext) -> Any:
        options = _options(request.info, context)
        with _Refusal(context):
            plugins = [required_plugin(package) for package in list_packages(find_python(options))]
        return messages.GetRequiredPackagesResponse(packages=[_dependency(plugin) for plugin in plugins if plugin])

    def GetProgramDependencies(self, request: Any, context: grpc.ServicerContext) -> Any:
        options = _options(request.info, context)
        with _Refusal(context):
            packages = list_packages(find_python(options))
        wanted = [each for each in packages if request.transitiveDependencies or not each.is_required_by_another]
        return messages.GetProgramDependenciesResponse(
            dependencies=[messages.DependencyInfo(name=each.name, version=each.version) for each in wanted]
        )

    def About(self, request: Any, context: grpc.ServicerContext) -> Any:
        options = _options(request.info, context)
        with _Refusal(context):
            python = find_python(options)
            version = python.output("-c", "import platform; print(platform.python_version())").strip()
        metadata = {"toolchain": (options.toolchain or "auto").title(), "typechecker": options.typechecker or "None"}
        return messages.AboutResponse(executable=python.executable, version=version, metadata=metadata)

    def InstallDependencies(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        """Create the project's virtual environment where it is missing; leave one that is there as it is."""
        options = _options(request.info, context)
        try:
            find_python(options)
            yield messages.InstallDependenciesResponse(stdout=b"The project's Python environment is there.\n")
        except ToolchainError:
            yield messages.InstallDependenciesResponse(stdout=b"Installing dependencies...\n\n")
            yield from _create_environment(options, context)

    def RuntimeOptionsPrompts(self, request: Any, context: grpc.ServicerContext) -> Any:
        options = _options(request.info, context)
        if not options.toolchain:
            offered = ["pip", *(name for name in ("poetry", "uv") if shutil.which(name))]
            about = "The toolchain to use for installing dependencies and running the program"
            return messages.RuntimeOptionsResponse(prompts=[_prompt("toolchain", about, offered)])
        if options.toolchain == "pip" and not options.virtualenv:
            return messages.RuntimeOptionsResponse(prompts=[_prompt("virtualenv", "The virtualenv to use", ["venv"])])
        return messages.RuntimeOptionsResponse()

    def Run(self, request: Any, context: grpc.ServicerContext) -> Any:
        options = _options(request.info, context)
        with _Refusal(context):
            python = find_python(options)
            running.check_types(python, options, self._children.add)
            command = running.command(python, request, self._engine_address)
            child = self._children.add(Child(command, running.environment(python, request)))
        # A second interrupt of the CLI ends the call; the program must not outlive it.
        if not context.add_callback(child.interrupt):
            child.interrupt()
        code = child.wait()
        self._children.remove(child)
        return running.response(code)

    def RunPlugin(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        options = _options(request.info, context)
        with _Refusal(context):
            python = find_python(options)
            yield from plugin_run.run(python, request, context, self._children)


class _Refusal:
    """Turns what is wrong with a project into a gRPC error with the same words."""

    def __init__(self, context: grpc.ServicerContext) -> None:
        self._context = context

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, problem: BaseException | None, trace: object) -> None:
        if isinstance(problem, ToolchainError | OSError):
            self._context.abort(grpc.StatusCode.UNKNOWN, str(problem))


def _options(info: Any, context: grpc.ServicerContext) -> Options:
    with _Refusal(context):
        return Options.parse(info.root_directory, info.program_directory, json_format.MessageToDict(info.options))
    raise AssertionError("unreachable: a refusal ends the call")


def _dependency(plugin: RequiredPlugin) -> Any:
    dependency = plugin_pb2.PackageDependency(
        name=plugin.name, kind="resource", version=plugin.version, server=plugin.server
    )
    if plugin.parameterization:
        json_format.ParseDict(plugin.parameterization, dependency.parameterization, ignore_unknown_fields=True)
    return dependency


def _prompt(key: str, about: str, values: list[str]) -> Any:
    text = messages.RuntimeOptionPrompt.STRING
    choices = [
        messages.RuntimeOptionPrompt.RuntimeOptionValue(promptType=text, stringValue=value, displayName=value)
        for value in values
    ]
    return messages.RuntimeOptionPrompt(
        key=key, description=about, promptType=text, choices=choices, default=choices[0]
    )


def _create_environment(options: Options, context: grpc.ServicerContext) -> Iterator[Any]:
    environment = options.root / (options.virtualenv or "venv")
    requirements = options.program / "requirements.txt"
    steps = [["python3", "-m", "venv", str(environment)]]
    if requirements.is_file():
        steps.append([str(environment / "bin" / "python"), "-m", "pip", "install", "-r", str(requirements)])
    for step in steps:
        done = subprocess.run(step, capture_output=True, cwd=options.program, check=False)
        yield messages.InstallDependenciesResponse(stdout=done.stdout, stderr=done.stderr)
        if done.returncode != 0:
            context.abort(grpc.StatusCode.UNKNOWN, f"`{' '.join(step)}` exited with code {done.returncode}")
    yield messages.InstallDependenciesResponse(stdout=b"Finished installing dependencies\n\n")
