export { TestClient, type TestClientOptions, testClient } from "./test-client.ts";
export { TestServer, type TestServerOptions, testServer } from "./test-server.ts";
