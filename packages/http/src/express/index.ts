export { ExpressTasks, type TaskHandler, tasks } from "./tasks.ts";
