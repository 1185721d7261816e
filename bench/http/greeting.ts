/** What every server answers, and every client expects. */
export const GREETING = "Hello, world!";
