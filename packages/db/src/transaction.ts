import type { Body, Coroutine } from "asyncio-ts";
import type { Connection } from "./connection.ts";
import { InterfaceError } from "./errors.ts";
import type { Link } from "./link.ts";
import type { TransactionOptions } from "./query.ts";
import { Session } from "./session.ts";

/**
 * A transaction that is open: what the body of `transaction()` is called with. It ends with the body.
 *
 * A statement that is given to it, or to its connection, runs in the innermost transaction that is open.
 */
export class Transaction<C extends Connection = Connection> extends Session {
  /** The connection that it runs on, for what only the connection has. */
  readonly connection: C;
  /** How many transactions are around it. @internal */
  readonly _depth: number;

  /** @internal */
  constructor(connection: C, depth: number) {
    super();
    this.connection = connection;
    this._depth = depth;
  }

  transaction<T>(body: Body<Transaction<C>, T>, options?: TransactionOptions): Coroutine<T> {
    return this.connection._nested(this, body as Body<Transaction, T>, options);
  }

  /** @internal */
  _link(): Link {
    const link = this.connection._link();
    if (!this.connection._isOpen(this)) {
      throw new InterfaceError("the transaction has ended: use it only inside of the body that it was given to");
    }
    return link;
  }

  /** @internal */
  _linkOrNull(): Link | null {
    return this.connection._linkOrNull();
  }
}
