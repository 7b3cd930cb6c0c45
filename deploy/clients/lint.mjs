// Redocly's rules over the document named on the command line; 1 when they find something.
import { formatProblems, getTotals, lint, loadConfig } from "@redocly/openapi-core";

const config = await loadConfig({ configPath: new URL("redocly.yaml", import.meta.url).pathname });
const problems = await lint({ ref: process.argv[2], config });
formatProblems(problems, { format: "codeframe", totals: getTotals(problems), version: "" });
process.exitCode = problems.length === 0 ? 0 : 1;
