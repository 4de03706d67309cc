/**
 * What the guard takes of Slack's client, in a module of its own that is loaded when it is needed: the package is CommonJS, and a bundle
 * that is split gives such a package's names to a static import only.
 */
export {
  LogLevel,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  WebClient,
} from "@slack/web-api";
