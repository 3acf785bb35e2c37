"""A function or method in a file, and the arguments to trace it with.

``loss``, ``net.loss`` or a whole call: the file is run as a program first, and where no
call is given the arguments are taken by name from its globals.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from types import CodeType
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError, SourceError
from clearprop.trace.function import explained
from clearprop.trace.literals import parameter_is_number
from clearprop.trace.source import Source, read
from clearprop.trace.surroundings import line_in, running, script_error


def load_function(
    path: str, call: str, source: Source | None = None
) -> tuple[Callable[..., Any], list[Any], dict[str, Any]]:
    """A function or method of a file and its arguments.

    ``call`` is a dotted name, whose arguments are taken by name from the file's
    globals, or a whole call. The file is run as a program first.
    """
    source = source or read(path)
    try:
        tree = ast.parse(call, mode="eval").body
    except SyntaxError as error:
        raise SourceError(f"--call {call}: {error.msg}") from None
    function_text = tree.func if isinstance(tree, ast.Call) else tree
    dotted = ast.unparse(function_text)
    if not all(part.isidentifier() for part in dotted.split(".")):
        raise SourceError(f"--call {call}: write it as a call, such as loss(X, y)")
    code = compile(source.tree, source.file, "exec", dont_inherit=True)
    with running(source) as namespace:
        _execute(code, namespace, source)
        function = _lookup(dotted, namespace, source)
        if isinstance(tree, ast.Call):
            args, kwargs = _arguments_of(tree, call, namespace)
        else:
            args, kwargs = _arguments_by_name(function, dotted, namespace, source)
    return function, args, kwargs


def _execute(code: CodeType, namespace: dict[str, Any], source: Source) -> None:
    namespace["input"] = _no_input
    try:
        exec(code, namespace)
    except SystemExit:
        pass
    except ClearpropError:
        raise
    except Exception as error:
        line = line_in(error, source.file)
        special = script_error(error, line, source.lines.get(line, "").strip())
        raise special or explained(error) from error
    finally:
        namespace.pop("input", None)


def _no_input(*args: Any) -> str:
    raise SourceError(
        "the program asks for input from the keyboard, which clearprop can't answer. "
        "Write the value into the program."
    )


def _lookup(dotted: str, namespace: dict[str, Any], source: Source) -> Any:
    first, *rest = dotted.split(".")
    if first not in namespace:
        raise SourceError(
            f"{source.title} has no function {dotted!r}; there are: "
            f"{_functions(namespace) or 'none'}"
        )
    found = namespace[first]
    for i, name in enumerate(rest):
        if not hasattr(found, name):
            owner = ".".join([first, *rest[:i]])
            methods = [
                n
                for n in dir(found)
                if not n.startswith("_") and callable(getattr(found, n))
            ]
            raise SourceError(
                f"{source.title}: {owner} has no method {name!r}; there are: "
                f"{', '.join(methods) or 'none'}"
            )
        found = getattr(found, name)
    if not callable(found):
        raise SourceError(
            f"{source.title}: {dotted} is not a function but of type "
            f"{type(found).__name__}; "
            f"there are: {_functions(namespace) or 'none'}"
        )
    if inspect.isclass(found):
        raise SourceError(
            f"{source.title}: {dotted} is a class: name a method of an object, such as "
            f"net.loss"
        )
    return found


def _functions(namespace: dict[str, Any]) -> str:
    own = [
        name
        for name, value in namespace.items()
        if inspect.isfunction(value) and value.__module__ == "__main__"
    ]
    return ", ".join(own)


def _arguments_of(
    tree: ast.Call, call: str, namespace: dict[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    scope = {**namespace, "__args": lambda *args, **kwargs: (list(args), kwargs)}
    scope.setdefault("np", np)
    tree.func = ast.copy_location(ast.Name("__args", ast.Load()), tree.func)
    try:
        code = compile(ast.Expression(tree), "<call>", "eval")
        args, kwargs = eval(code, scope)
    except Exception as error:
        raise SourceError(f"--call {call}: {type(error).__name__}: {error}") from None
    return args, kwargs


def _arguments_by_name(
    function: Callable[..., Any], dotted: str, namespace: dict[str, Any], source: Source
) -> tuple[list[Any], dict[str, Any]]:
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        raise SourceError(
            f"{source.title}: the arguments of {dotted} aren't known"
        ) from None
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    missing = []
    for name, parameter in parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if name in namespace:
            value = namespace[name]
            word = dotted.rpartition(".")[2]
            if type(value) is int and parameter_is_number(source.tree, word, name):
                value = float(value)
            if parameter.kind is parameter.KEYWORD_ONLY:
                kwargs[name] = value
            elif len(args) == list(parameters).index(name):
                args.append(value)
            else:
                kwargs[name] = value
        elif parameter.default is parameter.empty:
            missing.append(name)
    if missing:
        example = f"{dotted}({', '.join(parameters)})"
        raise SourceError(
            f"{source.title}: {dotted} needs {' and '.join(missing)}, which the file "
            f"doesn't define. Say what to call it with: --call '{example}'"
        )
    return args, kwargs
