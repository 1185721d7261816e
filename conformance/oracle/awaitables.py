"""From the JSON of an awaitable to the real one."""

import asyncio


def check(world, spec):
    """Raises Missing before anything is made: half a gather would leave tasks behind."""
    if "task" in spec:
        world.find(spec["task"])
    inner = spec.get("of", ())
    for each in inner if isinstance(inner, list) else (inner,):
        if each:
            check(world, each)


def build(interpreter, spec):
    return BUILD[spec["kind"]](interpreter, spec)


def build_all(interpreter, specs):
    built = []
    for spec in specs:
        built.append(built[spec["index"]] if spec["kind"] == "again" else build(interpreter, spec))
    return built


def _gather(interpreter, spec):
    return asyncio.gather(*build_all(interpreter, spec["of"]), return_exceptions=spec["returnExceptions"])


def _shield(interpreter, spec):
    return asyncio.shield(build(interpreter, spec["of"]))


def _wait_for(interpreter, spec):
    return asyncio.wait_for(build(interpreter, spec["of"]), spec["ms"])


def _wait(interpreter, spec):
    futures = build_all(interpreter, spec["of"])
    return asyncio.wait(futures, timeout=spec["ms"], return_when=spec["until"])


def _condition_wait_for(interpreter, spec):
    world = interpreter.world
    return world.find(spec["condition"]).wait_for(lambda: world.things[spec["counter"]] >= spec["atLeast"])


def _readuntil(interpreter, spec):
    separators = [separator.encode() for separator in spec["separators"]]
    reader = interpreter.world.find(spec["reader"])
    return reader.readuntil(separators[0] if len(separators) == 1 else tuple(separators))


def _method(thing, name, *args):
    """A spec whose awaitable is a method call on a thing of the pool."""

    def make(interpreter, spec):
        return getattr(interpreter.world.find(spec[thing]), name)(*(spec[arg] for arg in args))

    return make


BUILD = {
    "coro": lambda interpreter, spec: interpreter.coroutine(spec["body"]),
    "task": lambda interpreter, spec: interpreter.world.find(spec["task"]),
    "future": lambda interpreter, spec: interpreter.world.find(spec["future"]),
    "sleep": lambda interpreter, spec: asyncio.sleep(spec["ms"], spec["value"]),
    "gather": _gather,
    "shield": _shield,
    "waitFor": _wait_for,
    "wait": _wait,
    "acquire": _method("what", "acquire"),
    "eventWait": _method("event", "wait"),
    "conditionWait": _method("condition", "wait"),
    "conditionWaitFor": _condition_wait_for,
    "barrierWait": _method("barrier", "wait"),
    "barrierReset": _method("barrier", "reset"),
    "barrierAbort": _method("barrier", "abort"),
    "get": _method("queue", "get"),
    "put": _method("queue", "put", "item"),
    "join": _method("queue", "join"),
    "read": _method("reader", "read", "size"),
    "readline": _method("reader", "readline"),
    "readexactly": _method("reader", "readexactly", "size"),
    "readuntil": _readuntil,
}
