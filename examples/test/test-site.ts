import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface TestSite extends AsyncDisposable {
  readonly url: string;
  /** The paths that were asked for, in order. */
  readonly requests: readonly string[];
  /** The requests that are not answered yet, and the most that there were at once. */
  readonly open: { readonly now: number; readonly most: number };
  /** The same for connections. */
  readonly connections: { readonly now: number; readonly most: number };
}

/** What each path answers: the HTML of a page, or what to do with the response. */
export type Answers = Readonly<Record<string, string | ((response: ServerResponse) => void)>>;

/** Serves a small site, and watches who asks for what. */
export async function startTestSite(answers: Answers): Promise<TestSite> {
  const requests: string[] = [];
  const open = new Gauge();
  const connections = new Gauge();
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    open.enter();
    response.once("close", () => open.leave());
    const answer = answers[request.url ?? ""] ?? ((r) => r.writeHead(404).end());
    if (typeof answer === "function") answer(response);
    else response.writeHead(200, { "content-type": "text/html" }).end(answer);
  });
  server.on("connection", (socket) => {
    connections.enter();
    socket.once("close", () => connections.leave());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    open,
    connections,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class Gauge {
  now = 0;
  most = 0;

  enter(): void {
    this.now++;
    this.most = Math.max(this.most, this.now);
  }

  leave(): void {
    this.now--;
  }
}

/** HTML that links to some paths. */
export function linksTo(...paths: readonly string[]): string {
  return `<title>links</title>${paths.map((path) => `<a href="${path}">${path}</a>`).join(" ")}`;
}

/** `/name/1` to `/name/count`. */
export function manyPaths(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `/${name}/${i + 1}`);
}
