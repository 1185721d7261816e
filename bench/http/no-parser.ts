import net from "node:net";
import type { Serve } from "../echo/contestants.ts";
import { GREETING } from "./greeting.ts";

const ANSWER = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${GREETING.length}\r\n\r\n${GREETING}`,
);
const ANSWERS = Buffer.concat(new Array<Buffer>(100).fill(ANSWER));
const END_OF_HEAD = "\r\n\r\n";

/**
 * Counts the ends of heads and gives as many answers: a server that takes little of its own, so that a client is what is
 * measured. It takes requests without a body only.
 */
export const noParser: Serve = (listening) => {
  const server = net.createServer({ noDelay: true }, (socket) => {
    let rest = "";
    socket.on("error", () => {}); // the load cuts its connections when it ends
    socket.on("data", (data) => {
      const heads = (rest + data.toString("latin1")).split(END_OF_HEAD);
      rest = heads.pop() ?? "";
      if (heads.length > 0) socket.write(ANSWERS.subarray(0, heads.length * ANSWER.length));
    });
  });
  server.listen(0, "127.0.0.1", () => listening((server.address() as net.AddressInfo).port));
};
