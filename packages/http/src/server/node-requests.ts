import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { loopCallback } from "asyncio-ts/interop";
import { Exchange, type UpgradeRequest } from "./exchange.ts";
import type { ExchangeHost } from "./exchange-host.ts";
import type { NodeServer } from "./listening.ts";
import { Outgoing } from "./outgoing.ts";
import { announcesMoreThan, failBody, hasBody } from "./request-body.ts";

/** Makes tasks of what comes in. @internal */
export function takeRequests(node: NodeServer, host: ExchangeHost): void {
  const open = loopCallback((incoming: IncomingMessage, outgoing: Outgoing, upgrade: UpgradeRequest | null) => {
    if (!host.tasks.open(new Exchange(host, incoming, outgoing, upgrade))) refuse(outgoing);
  });
  node.on("request", (incoming, outgoing) => open(incoming, outgoing, null));
  node.on("checkContinue", (incoming, outgoing) => {
    if (host.maxBodySize === null || !announcesMoreThan(host.maxBodySize, incoming)) outgoing.writeContinue();
    open(incoming, outgoing, null);
  });
  node.on("upgrade", (incoming, socket, head) => {
    open(incoming, responseTo(incoming, socket as Socket), { socket, head });
  });
}

/** The requests are being cancelled. */
function refuse(outgoing: Outgoing): void {
  outgoing.writeHead(503, { connection: "close" }).end("the server is shutting down");
}

/** The response in case that there is no change of protocol. Node has let go of the connection, so it ends with this. */
function responseTo(incoming: IncomingMessage, socket: Socket): Outgoing {
  const outgoing = new Outgoing(incoming);
  outgoing.shouldKeepAlive = false;
  outgoing.assignSocket(socket);
  outgoing.on("finish", () => socket.destroySoon());
  socket.on("error", () => {});
  if (hasBody(incoming)) failBody(incoming, new Error("a request for another protocol has no body"));
  return outgoing;
}
