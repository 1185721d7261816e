"""The statements that never wait. Each gets the interpreter and its JSON, and returns what the trace shows of it."""

import asyncio
import contextvars

from awaitables import build, check
from world import make_error


def _spawn(interpreter, s):
    return _make_task(interpreter, s, asyncio.create_task, context=_optional(interpreter, s["context"]))


def _spawn_in(interpreter, s):
    group = interpreter.world.find(s["group"])
    return _make_task(interpreter, s, group.create_task)


def _make_task(interpreter, s, create_task, context=None):
    world = interpreter.world
    check(world, s["of"])
    options = {"context": context} if context is not None else {}
    if s["eager"] is not None:
        options["eager_start"] = s["eager"]
    task = create_task(build(interpreter, s["of"]), name=world.fresh_name(s["task"]), **options)
    world.things[s["task"]] = task
    return world.task_name(task)


def _optional(interpreter, name):
    return interpreter.world.find(name) if name else None


def _cancel(interpreter, s):
    target = interpreter.world.find(s["target"])
    return target.cancel() if s["message"] is None else target.cancel(s["message"])


def _uncancel(interpreter, s):
    return interpreter.world.find(s["target"]).uncancel()


def _rename(interpreter, s):
    interpreter.world.find(s["target"]).set_name(s["to"])


def _inspect(interpreter, s):
    world = interpreter.world
    target = world.find(s["target"])
    cancelling = target.cancelling() if isinstance(target, asyncio.Task) else 0
    return [target.done(), target.cancelled(), cancelling, world.outcome(target)]


def _all_tasks(interpreter, s):
    # A set: its order means nothing.
    return sorted(interpreter.world.task_name(task) for task in asyncio.all_tasks())


def _set_result(interpreter, s):
    interpreter.world.find(s["target"]).set_result(s["value"])


def _set_exception(interpreter, s):
    interpreter.world.find(s["target"]).set_exception(make_error(s["error"]))


def _renew(interpreter, s):
    world = interpreter.world
    world.things[s["future"]] = world.loop.create_future()


def _add_callback(interpreter, s):
    world = interpreter.world
    target = world.find(s["target"])
    # The same name is the same function: removing it removes every time it was added.
    if s["callback"] not in world.callbacks:
        world.callbacks[s["callback"]] = lambda future: interpreter.call(s, world.outcome(future))
    target.add_done_callback(world.callbacks[s["callback"]])


def _remove_callback(interpreter, s):
    world = interpreter.world
    target = world.find(s["target"])
    return target.remove_done_callback(world.callbacks.get(s["callback"]) or world.missing(s["callback"]))


def _call(interpreter, s):
    world = interpreter.world
    context = _optional(interpreter, s["context"])
    match s["when"]:
        case "soon":
            handle = world.loop.call_soon(interpreter.call, s, None, context=context)
        case "later":
            handle = world.loop.call_later(s["ms"], interpreter.call, s, None, context=context)
        case "at":
            handle = world.loop.call_at(world.loop.time() + s["ms"], interpreter.call, s, None, context=context)
    world.things[s["handle"]] = handle


def _cancel_handle(interpreter, s):
    interpreter.world.find(s["handle"]).cancel()


def _inspect_handle(interpreter, s):
    handle = interpreter.world.find(s["handle"])
    return [handle.cancelled(), handle.when() if isinstance(handle, asyncio.TimerHandle) else None]


def _raise(interpreter, s):
    raise make_error(s["error"])


def _set(interpreter, s):
    interpreter.world.find(s["event"]).set()


def _clear(interpreter, s):
    interpreter.world.find(s["event"]).clear()


def _release(interpreter, s):
    interpreter.world.find(s["what"]).release()


def _notify(interpreter, s):
    condition = interpreter.world.find(s["condition"])
    condition.notify_all() if s["count"] is None else condition.notify(s["count"])


def _put_now(interpreter, s):
    interpreter.world.find(s["queue"]).put_nowait(s["item"])


def _get_now(interpreter, s):
    return interpreter.world.find(s["queue"]).get_nowait()


def _task_done(interpreter, s):
    interpreter.world.find(s["queue"]).task_done()


def _shutdown(interpreter, s):
    interpreter.world.find(s["queue"]).shutdown(s["immediate"])


def _state(interpreter, s):
    thing = interpreter.world.find(s["of"])
    if isinstance(thing, asyncio.Event):
        return [thing.is_set()]
    if isinstance(thing, asyncio.Barrier):
        return [thing.parties, thing.n_waiting, thing.broken]
    if isinstance(thing, asyncio.Queue):
        return [thing.qsize(), thing.empty(), thing.full(), thing.maxsize]
    if isinstance(thing, asyncio.StreamReader):
        return [thing.at_eof(), interpreter.world.describe(thing.exception())]
    return [thing.locked()]


def _feed_data(interpreter, s):
    try:
        interpreter.world.find(s["reader"]).feed_data(s["data"].encode())
    except AssertionError:  # Ours is an error like any other.
        raise RuntimeError("feedData() after feedEof()") from None


def _feed_eof(interpreter, s):
    interpreter.world.find(s["reader"]).feed_eof()


def _fail_reader(interpreter, s):
    interpreter.world.find(s["reader"]).set_exception(make_error(s["error"]))


def _renew_reader(interpreter, s):
    interpreter.world.renew_reader(s["reader"])


def _count(interpreter, s):
    things = interpreter.world.things
    things[s["counter"]] += s["by"]
    return things[s["counter"]]


def _set_var(interpreter, s):
    world = interpreter.world
    world.things[s["token"]] = world.find(s["variable"]).set(s["value"])


def _get_var(interpreter, s):
    return interpreter.world.find(s["variable"]).get()


def _reset_var(interpreter, s):
    world = interpreter.world
    world.find(s["variable"]).reset(world.find(s["token"]))


def _capture(interpreter, s):
    interpreter.world.things[s["context"]] = contextvars.copy_context()


def _read_context(interpreter, s):
    world = interpreter.world
    context, variable = world.find(s["context"]), world.find(s["variable"])
    return [variable in context, context.get(variable), len(context)]


def _run_in(interpreter, s):
    interpreter.world.find(s["context"]).run(interpreter.sync_block, s["body"])


def _reschedule(interpreter, s):
    world = interpreter.world
    world.find(s["timeout"]).reschedule(None if s["ms"] is None else world.loop.time() + s["ms"])


def _inspect_timeout(interpreter, s):
    timeout = interpreter.world.find(s["timeout"])
    return [timeout.when(), timeout.expired()]


def _report(interpreter, s):
    interpreter.world.loop.call_exception_handler({"message": s["message"]})


SYNC = {
    "spawn": _spawn,
    "spawnIn": _spawn_in,
    "cancel": _cancel,
    "uncancel": _uncancel,
    "rename": _rename,
    "inspect": _inspect,
    "allTasks": _all_tasks,
    "setResult": _set_result,
    "setException": _set_exception,
    "renew": _renew,
    "addCallback": _add_callback,
    "removeCallback": _remove_callback,
    "call": _call,
    "cancelHandle": _cancel_handle,
    "inspectHandle": _inspect_handle,
    "raise": _raise,
    "set": _set,
    "clear": _clear,
    "release": _release,
    "notify": _notify,
    "putNow": _put_now,
    "getNow": _get_now,
    "taskDone": _task_done,
    "shutdown": _shutdown,
    "feedData": _feed_data,
    "feedEof": _feed_eof,
    "failReader": _fail_reader,
    "renewReader": _renew_reader,
    "state": _state,
    "count": _count,
    "setVar": _set_var,
    "getVar": _get_var,
    "resetVar": _reset_var,
    "capture": _capture,
    "readContext": _read_context,
    "runIn": _run_in,
    "reschedule": _reschedule,
    "inspectTimeout": _inspect_timeout,
    "report": _report,
}
