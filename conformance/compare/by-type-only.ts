import type { ErrorDetail } from "./trace.ts";

interface Rule {
  /** The name of the error's class, the same on both sides. */
  readonly error: RegExp;
  /** What CPython says. */
  readonly message: RegExp;
  readonly reason: string;
}

/**
 * The errors whose messages are not compared, only their types. Every other message has to be the same, letter for
 * letter.
 */
const BY_TYPE_ONLY: readonly Rule[] = [
  {
    error: /^(QueueEmpty|QueueFull|QueueShutDown)$/,
    message: /^$/,
    reason: "CPython says nothing; ours say what is the matter",
  },
  {
    error: /^InvalidStateError$/,
    message: /^invalid state$/,
    reason: "CPython's C future says no more than this; its Python future says the state and the repr",
  },
  {
    error: /^InvalidStateError$/,
    message: /^Result is not set\.$/,
    reason: "CPython's C future says this, its Python future `Result is not ready.`, which is what we say",
  },
  {
    error: /^RuntimeError$/,
    message: /^TaskGroup <TaskGroup.*> is (finished|shutting down)$/,
    reason: "holds the repr of the group",
  },
  {
    error: /^RuntimeError$/,
    message: /^Task cannot await on itself: /,
    reason: "holds the repr of the task",
  },
  {
    error: /^RuntimeError$/,
    message: /^<Token .*> has already been used once$/,
    reason: "holds the repr of the token",
  },
  {
    error: /^ValueError$/,
    message: /^<Token .*> was created (by a different ContextVar|in a different Context)$/,
    reason: "holds the repr of the token",
  },
  {
    error: /^RuntimeError$/,
    message: /^cannot enter context: /,
    reason: "holds the repr of the context",
  },
  { error: /^LookupError$/, message: /^<ContextVar .*>$/, reason: "is the repr of the variable" },
];

export function isComparedByTypeOnly(expected: ErrorDetail): boolean {
  return BY_TYPE_ONLY.some((rule) => rule.error.test(expected.error) && rule.message.test(expected.message));
}
