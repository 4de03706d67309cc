// Preloaded into the deployment: every https request goes to the local server that TOOLKIT_SERVER names instead.
const https = require("node:https");
const http = require("node:http");

https.request = (options, callback) => {
  const { headers, method, path } = options;
  return http.request({ headers, method, path, host: "127.0.0.1", port: Number(process.env.TOOLKIT_SERVER) }, callback);
};
