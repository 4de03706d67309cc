import { declareValuePlugin, PluginKind } from "@stryker-mutator/api/plugin";

/**
 * Sentences for people are not mutated: no decision hangs on them, and tests that repeat prose only freeze it. A string is a
 * sentence when it has a space in it; codes, states, keys and kinds have none and are mutated. A template with a decision inside is
 * mutated too.
 */
function isProse(node) {
  if (node.type === "StringLiteral") return node.value.includes(" ");
  if (node.type !== "TemplateLiteral") return false;
  const decides = node.expressions.some(({ type }) => type === "ConditionalExpression" || type === "LogicalExpression");
  return !decides && node.quasis.some(({ value }) => value.raw.trim().includes(" "));
}

const prose = {
  shouldIgnore({ node }) {
    return isProse(node) ? "a sentence for people" : undefined;
  },
};

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, "prose", prose)];
