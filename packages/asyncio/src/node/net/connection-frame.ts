import { Context, contextOf, type Values } from "../../core/context.ts";
import type { Frame } from "../../core/frame.ts";

/** Where a connection's protocol is called: in no task, in a context of its own, which is made when somebody asks for it. */
export class ConnectionFrame implements Frame {
  declare readonly task: null;
  declare scope: null;
  #context: Context | Values;

  static {
    this.prototype.scope = null;
    Object.defineProperty(this.prototype, "task", { value: null });
  }

  /** `values` are those of a copy of the creator's context. */
  constructor(values: Values) {
    this.#context = values;
  }

  get context(): Context {
    if (this.#context instanceof Context) return this.#context;
    this.#context = contextOf(this.#context);
    return this.#context;
  }

  /** @internal */
  _contextValues(): Values {
    return this.#context instanceof Context ? this.#context._values : this.#context;
  }
}
