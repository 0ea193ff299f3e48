// What can go wrong between a page and the services behind it.

/** The API said no. `code` is stable, the message is for people. */
export class Refusal extends Error {
  constructor(status, problem, retryAfterSeconds) {
    super(problem.detail ?? problem.message ?? `The service answered ${status}.`);
    this.status = status;
    this.code = problem.code ?? null;
    this.errors = problem.errors ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** Whether the same request may succeed in a while. */
  get passes() {
    return this.status === 429 || this.status >= 500;
  }
}

/** No answer came: there is no connection, or it took too long. */
export class Unreachable extends Error {
  constructor(cause) {
    super("The service did not answer.", { cause });
  }
}

/** Signing in came to nothing. `reason`: `state`, `provider`, `exchange` or `insecure`. */
export class SignInFailed extends Error {
  constructor(reason, detail) {
    super(detail ?? reason);
    this.reason = reason;
  }
}
