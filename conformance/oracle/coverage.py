"""Which lines of asyncio's own Python sources the programs have run: a vocabulary can be large and still miss them."""

import inspect
import sys
import types
from asyncio import locks, queues, streams, taskgroups, tasks, timeouts

MODULES = (locks, queues, streams, taskgroups, timeouts, tasks)
# Never called here: the accelerated versions take their place, or the virtual loop's.
REPLACED = (
    "Task.",
    "current_task",
    "all_tasks",
    "_enter_task",
    "_leave_task",
    "_swap_current_task",
    "_register_",
    "_unregister_",
    "_AsCompletedIterator.__init__",
)
_reached = {}


def start():
    monitoring = sys.monitoring
    monitoring.use_tool_id(monitoring.COVERAGE_ID, "conformance")
    monitoring.register_callback(monitoring.COVERAGE_ID, monitoring.events.LINE, _on_line)
    monitoring.set_events(monitoring.COVERAGE_ID, monitoring.events.LINE)


def _on_line(code, line):
    _reached.setdefault(code.co_filename, set()).add(line)
    return sys.monitoring.DISABLE  # Once is enough.


def unreached():
    """Each as `module: function: line`, or `module: function` when nothing of it has run."""
    found = {}
    for module in MODULES:
        source = inspect.getsource(module).splitlines()
        reached = _reached.get(module.__file__, set())
        code = compile("\n".join(source), module.__file__, "exec")
        name = module.__name__.removeprefix("asyncio.")
        by_function = {}
        for line, function in sorted(_lines(code)):
            if not _is_irrelevant(function, source[line - 1].strip()):
                by_function.setdefault(function, set()).add(line)
        for function, lines in by_function.items():
            if not lines & reached:
                found[f"{name}: {function}"] = None
                continue
            for line in sorted(lines - reached):
                found[f"{name}: {function}: {source[line - 1].strip()}"] = None
    return list(found)


def _lines(code):
    """The lines of the functions inside; what is on the level of the module or a class has run at import."""
    for const in code.co_consts:
        if not isinstance(const, types.CodeType):
            continue
        if const.co_flags & inspect.CO_NEWLOCALS:
            for _, _, line in const.co_lines():
                if line and line != const.co_firstlineno:
                    yield line, const.co_qualname
        yield from _lines(const)


def _is_irrelevant(function, text):
    return "repr" in function or "__annotate__" in function or function.startswith(REPLACED) or text.startswith('"""')
