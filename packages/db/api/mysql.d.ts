// dist/mysql/index.d.ts
import type { Coroutine } from "asyncio-ts";
import { type ConnectOptions } from "../connect.ts";
import { type Pool } from "../pool.ts";
import type { PoolOptions } from "../pool-options.ts";
import { type MysqlConnection } from "./driver.ts";
import { type MysqlOptions } from "./options.ts";
export { MysqlConnection } from "./driver.ts";
export type { MysqlOptions } from "./options.ts";
export interface MysqlPoolOptions extends PoolOptions<MysqlConnection>, MysqlOptions {
}
export interface MysqlConnectOptions extends MysqlOptions, ConnectOptions {
}
export declare function createPool(url: string, options?: MysqlPoolOptions): Coroutine<Pool<MysqlConnection>>;
export declare function connect(url: string, options?: MysqlConnectOptions): Coroutine<MysqlConnection>;

// dist/mysql/driver.d.ts
import { Connection } from "../connection.ts";
import type { LinkOptions } from "../link.ts";
import type { Driver } from "../pool.ts";
import { MysqlLink } from "./link.ts";
import type { Address } from "./options.ts";
export declare class MysqlConnection extends Connection {
}
export declare function mysqlDriver(address: Address, limits: LinkOptions): Driver<MysqlLink, MysqlConnection>;

// dist/mysql/link.d.ts
import type { Coroutine } from "asyncio-ts";
import { type Command, type Cursor, Link, type LinkOptions, type TransactionStatus } from "../link.ts";
import type { Ending, Stop } from "../operation.ts";
import type { QueryResult, TransactionOptions } from "../query.ts";
import type { Killer } from "./killer.ts";
import type { Wire } from "./wire.ts";
export declare class MysqlLink extends Link {
    #private;
    constructor(wire: Wire, setup: string, killer: Killer, options: LinkOptions);
    get transactionStatus(): TransactionStatus;
    beginStatements(options: TransactionOptions): readonly string[];
    setUp(): Coroutine<void>;
    protected startQuery(command: Command, end: Ending<QueryResult<never>>): Stop;
    openCursor(command: Command): Cursor<never>;
    protected startPrepare(sql: string, end: Ending<unknown>): Stop;
    protected startUnprepare(prepared: unknown, end: Ending<void>): Stop;
    protected startReset(end: Ending<void>): Stop;
    protected startClose(end: Ending<void>): Stop;
    protected cut(): void;
}

// dist/mysql/killer.d.ts
import type { Wire } from "./wire.ts";
export declare class Killer {
    #private;
    constructor(open: () => Wire, graceMs: number);
    kill(threadId: number, answered: (error: Error | null) => void): void;
}

// dist/mysql/wire.d.ts
import { type Socket } from "node:net";
import { type Connection, type ConnectionOptions } from "mysql2";
export interface Wire {
    readonly connection: Connection;
    readonly socket: Socket;
}
export declare function openWire(config: ConnectionOptions): Wire;

// dist/mysql/options.d.ts
import type { ConnectionOptions, SslOptions } from "mysql2";
export interface MysqlOptions {
    readonly socketPath?: string | undefined;
    readonly ssl?: boolean | SslOptions | undefined;
    readonly timezone?: string | undefined;
    readonly serverSettings?: Readonly<Record<string, string | number | boolean>> | undefined;
    readonly mysql2?: Pick<ConnectionOptions, Passed> | undefined;
}
type Passed = "authPlugins" | "compress" | "connectAttributes" | "dateStrings" | "decimalNumbers" | "disableEval" | "enableCleartextPlugin" | "infileStreamFactory" | "jsonStrings" | "localAddress" | "password2" | "password3" | "typeCast";
export interface Address {
    readonly config: ConnectionOptions;
    readonly setup: string;
}
export declare function addressOf(url: string, options: MysqlOptions): Address;
export {};
