"""Walks programs on CPython: `run_batch` takes a list of programs as JSON and gives back their traces as JSON."""

import asyncio
import contextlib
import contextvars
import gc
import json
import sys
import warnings

import virtual_loop
from awaitables import build, build_all, check
from sync_statements import SYNC
from world import CATCHES, MAIN, Boom, Missing, World, make_error


class Interpreter:
    """A block returns None, or `[value]` when a `return` has ended it."""

    def __init__(self, program):
        self.world = World(program)

    async def main(self):
        self.world.set_up()
        return await self.coroutine(self.world.program["main"])

    async def coroutine(self, body):
        completion = await self.block(body)
        return completion[0] if completion else None

    async def block(self, body):
        for s in body:
            # After its end, what is still suspended is torn down, and no `finally` may do anything then.
            if not self.world.open:
                return
            completion = await self.statement(s)
            if completion:
                return completion

    async def statement(self, s):
        if s["kind"] == "return":
            self.world.log(s["id"], "return")
            return [s["value"]]
        if s["kind"] in SYNC:
            return self.sync(s)
        log = self.world.log
        try:
            self.check(s)
        except Missing as missing:
            return log(s["id"], "missing", str(missing))
        log(s["id"], "begin")
        try:
            completion = await WAITING[s["kind"]](self, s)
        except (Exception, asyncio.CancelledError) as error:
            log(s["id"], "error", self.world.describe_error(error), self.world.cancelling())
            if s.get("guard") and isinstance(error, Exception):
                return
            raise
        log(s["id"], "end", self.world.cancelling())
        return completion

    def check(self, s):
        if s["kind"] in ("await", "asCompleted"):
            check(self.world, s)

    def sync(self, s):
        try:
            value = SYNC[s["kind"]](self, s)
        except Missing as missing:
            self.world.log(s["id"], "missing", str(missing))
        except (Exception, asyncio.CancelledError) as error:
            self.world.log(s["id"], "error", self.world.describe_error(error))
            if not s.get("guard"):
                raise
        else:
            self.world.log(s["id"], "did", value)

    def sync_block(self, body):
        for s in body:
            self.sync(s)

    def call(self, s, seen):
        """A callback: of a future, or of the loop."""
        self.world.log(s["id"], "call", seen)
        self.sync_block(s["body"])

    # The statements that may wait

    async def run_await(self, s):
        value = await build(self, s["of"])
        self.world.log(s["id"], "value", self.world.describe(value))

    async def run_try(self, s):
        try:
            return await self.block(s["body"])
        except (Exception, asyncio.CancelledError) as error:
            handler = next((each for each in s["handlers"] if isinstance(error, CATCHES[each["catches"]])), None)
            if handler is None:
                raise
            self.log_caught(s, error)
            completion = await self.block(handler["body"])
            if completion or handler["then"] == "swallow":
                return completion
            if handler["then"] == "reraise":
                raise
            raise make_error(handler["then"])
        finally:
            if s["cleanup"] is not None:
                self.world.log(s["id"], "finally", self.world.cancelling())
                await self.block(s["cleanup"])

    def log_caught(self, s, error):
        self.world.log(s["id"], "caught", self.world.describe_error(error), self.world.cancelling())
        if isinstance(error, ExceptionGroup):
            self.world.log(s["id"], "split", self.world.describe(error.split(Boom)))
            self.world.log(s["id"], "subgroup", self.world.describe(error.subgroup((TimeoutError, ValueError))))

    async def run_timeout(self, s):
        at = self.world.loop.time() + s["ms"] if s["at"] and s["ms"] is not None else None
        timeout = asyncio.timeout_at(at) if s["at"] else asyncio.timeout(s["ms"])
        self.world.things[s["timeout"]] = timeout
        try:
            async with timeout:
                return await self.block(s["body"])
        finally:
            self.world.log(s["id"], "left", timeout.expired(), timeout.when())

    async def run_group(self, s):
        async with asyncio.TaskGroup() as group:
            self.world.things[s["group"]] = group
            return await self.block(s["body"])

    async def run_with(self, s):
        async with self.world.find(s["what"]):
            self.world.log(s["id"], "entered")
            return await self.block(s["body"])

    async def run_with_var(self, s):
        with self.world.find(s["variable"]).set(s["value"]):
            return await self.block(s["body"])

    async def run_repeat(self, s):
        for _ in range(s["times"]):
            completion = await self.block(s["body"])
            if completion:
                return completion

    async def generator(self, spec):
        log = self.world.log
        try:
            for item in spec["items"]:
                await self.block(item["before"])
                log(spec["id"], "yield", item["value"])
                try:
                    yield item["value"]
                except (Exception, asyncio.CancelledError) as error:
                    if item["catches"] is None or not isinstance(error, CATCHES[item["catches"]]):
                        raise
                    log(spec["id"], "thrown in", self.world.describe_error(error))
        finally:
            log(spec["id"], "cleanup")
            await self.block(spec["cleanup"])

    async def run_for_async(self, s):
        seen = 0
        async with contextlib.aclosing(self.keep(self.generator(s["source"]))) as generator:
            async for item in generator:
                self.world.log(s["id"], "item", item)
                completion = await self.block(s["body"])
                if completion:
                    return completion
                seen += 1
                if seen == s["stopAfter"]:
                    break

    async def run_for_lines(self, s):
        seen = 0
        async for line in self.world.find(s["reader"]):
            self.world.log(s["id"], "line", self.world.describe(line))
            completion = await self.block(s["body"])
            if completion:
                return completion
            seen += 1
            if seen == s["stopAfter"]:
                break

    async def run_step_async(self, s):
        generator = self.keep(self.generator(s["source"]))
        try:
            for step in s["steps"]:
                item = await (anext(generator) if step == "next" else generator.athrow(Boom("thrown")))
                self.world.log(s["id"], "item", item)
        except StopAsyncIteration:
            self.world.log(s["id"], "exhausted")
        finally:
            if s["close"]:
                await generator.aclose()

    def keep(self, generator):
        """Collected early, it would be closed at that moment."""
        self.world.things[id(generator)] = generator
        return generator

    async def run_as_completed(self, s):
        seen = 0
        items = asyncio.as_completed(build_all(self, s["of"]), timeout=s["ms"])
        if s["form"] == "async":
            async for future in items:
                self.world.log(s["id"], "item", self.world.describe(future), self.world.outcome(future))
                seen += 1
                if seen == s["stopAfter"]:
                    break
            return
        for coroutine in items:
            try:
                self.world.log(s["id"], "item", self.world.describe(await coroutine))
            except Exception as error:
                self.world.log(s["id"], "item", self.world.describe_error(error))
            seen += 1
            if seen == s["stopAfter"]:
                break


WAITING = {
    "await": Interpreter.run_await,
    "try": Interpreter.run_try,
    "timeout": Interpreter.run_timeout,
    "group": Interpreter.run_group,
    "with": Interpreter.run_with,
    "withVar": Interpreter.run_with_var,
    "repeat": Interpreter.run_repeat,
    "forAsync": Interpreter.run_for_async,
    "forLines": Interpreter.run_for_lines,
    "stepAsync": Interpreter.run_step_async,
    "asCompleted": Interpreter.run_as_completed,
}


def run_program(program):
    interpreter = Interpreter(program)
    world = interpreter.world
    try:
        with asyncio.Runner(loop_factory=virtual_loop.VirtualLoop) as runner:
            end = ["result", world.describe(runner.run(interpreter.main()))]
    except virtual_loop.Deadlock:
        end = ["deadlock"]
    except (Exception, asyncio.CancelledError) as error:
        end = ["error", world.describe_error(error)]
    world.open = False
    return [*world.trace, [None, "-", MAIN, *end]]


def run_batch(programs):
    gc.disable()
    try:
        # Each in a context of its own: the teardown of one program must not set the variables of the next.
        traces = [contextvars.Context().run(run_program, program) for program in json.loads(programs)]
        return json.dumps(traces)
    finally:
        gc.enable()
        contextvars.Context().run(gc.collect)


virtual_loop.install()
warnings.simplefilter("ignore")
sys.unraisablehook = lambda unraisable: None
