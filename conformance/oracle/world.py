"""What all statements of one program share: the pool of named things, the trace, and how values are written down."""

import asyncio
import contextvars

LOOP = -1  # The "statement" that stands for the loop's exception handler.
TRANSPORT = -2  # The "statement" that stands for the transports.
MAIN = 0  # The "statement" that stands for the whole program.


class Boom(Exception):
    """The error of the programs themselves."""


class Missing(Exception):
    """A statement refers to something that does not exist yet."""


ERRORS = {
    "Boom": Boom,
    "ValueError": ValueError,
    "RuntimeError": RuntimeError,
    "TimeoutError": TimeoutError,
    "CancelledError": asyncio.CancelledError,
}
CATCHES = {
    "Boom": Boom,
    "TimeoutError": TimeoutError,
    "CancelledError": asyncio.CancelledError,
    "ExceptionGroup": ExceptionGroup,
    "Exception": Exception,
    "any": (Exception, asyncio.CancelledError),  # A generator's close() is no error in JavaScript, so not here either.
}
# Reported at a garbage collection, which has no definite time.
AT_COLLECTION = ("was never retrieved", "was destroyed but it is pending")
# What the exception handler is told, up to where the repr of an object begins.
STABLE_MESSAGES = (
    "Exception in callback",
    "unhandled exception during asyncio.run() shutdown",
    "an error occurred during closing of asynchronous generator",
)


def make_error(spec):
    if spec["type"] == "ExceptionGroup":
        return ExceptionGroup(spec["message"], [make_error(error) for error in spec["errors"]])
    return ERRORS[spec["type"]](*([spec["message"]] if spec["message"] else []))


class Pausable:
    """The transport of a StreamReader: what is done to it is logged."""

    def __init__(self, world, name):
        self.world = world
        self.name = name

    def pause_reading(self):
        self.world.log(TRANSPORT, "pause", self.name)

    def resume_reading(self):
        self.world.log(TRANSPORT, "resume", self.name)


class World:
    def __init__(self, program):
        self.program = program
        self.trace = []
        self.open = True
        self.things = {}
        self.callbacks = {}
        self.spawned = {}
        self.first_name = 0
        self.loop = None
        self.watched = None

    def set_up(self):
        self.loop = asyncio.get_running_loop()
        self.loop.set_exception_handler(self.on_loop_error)
        if self.program["eagerFactory"]:
            self.loop.set_task_factory(asyncio.eager_task_factory)
        task = asyncio.current_task()
        # The counter of task names goes on from program to program.
        self.first_name = int(task.get_name().removeprefix("Task-"))
        self.things["main"] = task
        for entry in self.program["pool"]:
            self.things[entry["name"]] = self.make(entry)

    def make(self, entry):
        match entry["type"]:
            case "lock":
                return asyncio.Lock()
            case "event":
                return asyncio.Event()
            case "future":
                return self.loop.create_future()
            case "counter":
                return 0
            case "condition":
                return asyncio.Condition(self.things[entry["lock"]] if entry["lock"] else None)
            case "semaphore":
                return (asyncio.BoundedSemaphore if entry["bounded"] else asyncio.Semaphore)(entry["value"])
            case "barrier":
                return asyncio.Barrier(entry["parties"])
            case "queue":
                kinds = {"fifo": asyncio.Queue, "lifo": asyncio.LifoQueue, "priority": asyncio.PriorityQueue}
                return kinds[entry["order"]](entry["maxsize"])
            case "reader":
                return self.make_reader(entry)
            case "variable":
                return self.make_variable(entry)

    def make_reader(self, entry):
        reader = asyncio.StreamReader(entry["limit"], self.loop)
        if entry["transport"] == "pausable":
            reader.set_transport(Pausable(self, entry["name"]))
        if entry["transport"] == "unpausable":
            reader.set_transport(asyncio.ReadTransport())
        return reader

    def renew_reader(self, name):
        entry = next(entry for entry in self.program["pool"] if entry["name"] == name)
        self.things[name] = self.make_reader(entry)

    def make_variable(self, entry):
        default = {} if entry["initial"] is None else {"default": entry["initial"]}
        variable = contextvars.ContextVar(entry["name"], **default)
        self.watched = self.watched or variable
        return variable

    def find(self, name):
        if name == "self":
            return asyncio.current_task() or self.missing(name)
        if name not in self.things:
            self.missing(name)
        return self.things[name]

    def missing(self, name):
        raise Missing(name)

    def fresh_name(self, name):
        """The second task that is spawned as `t0` is called `t0#2` in the trace."""
        count = self.spawned[name] = self.spawned.get(name, 0) + 1
        return name if count == 1 else f"{name}#{count}"

    # The trace

    def log(self, statement, event, *details):
        if self.open and not self.loop.over:
            task = asyncio.current_task(self.loop)
            name = self.task_name(task) if task else "-"
            self.trace.append([self.loop.time(), name, statement, event, *details])

    def cancelling(self):
        task = asyncio.current_task(self.loop)
        return task.cancelling() if task else 0

    def task_name(self, task):
        name = task.get_name()
        if not name.startswith("Task-"):
            return name
        return f"Task-{int(name.removeprefix('Task-')) - self.first_name + 1}"

    def describe(self, value):
        if isinstance(value, bytes):
            return f"bytes {value.decode()}"
        if isinstance(value, BaseException):
            return self.describe_error(value)
        if isinstance(value, asyncio.Task):
            return {"task": self.task_name(value)}
        if asyncio.isfuture(value):
            return {"future": next((name for name, thing in self.things.items() if thing is value), None)}
        if isinstance(value, (list, tuple, dict)):  # wait() gives two OrderedSets, which are dicts.
            return [self.describe(item) for item in value]
        return value

    def describe_error(self, error):
        if isinstance(error, BaseExceptionGroup):
            inner = [self.describe_error(each) for each in error.exceptions]
            return {"error": type(error).__name__, "message": error.message, "errors": inner}
        message = str(error)
        if isinstance(error, asyncio.IncompleteReadError):
            message += f": {error.partial.decode()}"
        if isinstance(error, asyncio.LimitOverrunError):
            message += f": {error.consumed}"
        return {"error": type(error).__name__, "message": message}

    def outcome(self, future):
        """What `result()` says, whether the future is ready or not."""
        try:
            return self.describe(future.result())
        except (Exception, asyncio.CancelledError) as error:
            return self.describe_error(error)

    def on_loop_error(self, loop, context):
        message = context["message"]
        if any(part in message for part in AT_COLLECTION):
            return
        message = next((stable for stable in STABLE_MESSAGES if message.startswith(stable)), message)
        if " has errored out but its parent task " in message:
            message = "child errored after its parent"
        seen = self.watched.get(None) if self.watched else None
        self.log(LOOP, "handler", message, self.describe(context.get("exception")), seen)
