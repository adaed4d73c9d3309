// Turns every failed request into one error type that carries the server's problem document (RFC 9457).
import { m } from '@/app/messages';
import type { Problem } from './types';

export class ApiError extends Error {
  readonly problem: Problem;
  /** Seconds after which the server wants to be asked again (429). */
  readonly retryAfter_s: number | null;

  constructor(problem: Problem, retryAfter_s: number | null = null) {
    super(problem.detail ?? problem.title);
    this.name = 'ApiError';
    this.problem = problem;
    this.retryAfter_s = retryAfter_s;
  }

  get status(): number {
    return this.problem.status;
  }

  get code(): string {
    return this.problem.code;
  }
}

/** The server did not answer at all. */
export function unreachable(cause: unknown): ApiError {
  return new ApiError({
    title: m.problems.noAnswer,
    status: 0,
    code: 'no_answer',
    ...(cause instanceof Error && cause.name === 'TimeoutError' ? { detail: m.problems.noAnswerInTime } : {}),
    hint: m.problems.noAnswerHint,
    retry: 'safe',
  });
}

/** Reads a failed answer; an answer that is no problem document still becomes one. */
export async function problemOf(response: Response): Promise<ApiError> {
  const fallback: Problem = {
    title: m.problems.answered(response.status),
    status: response.status,
    code: `http_${response.status}`,
    retry: response.status >= 500 ? 'safe' : 'never',
  };
  const after = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  let problem = fallback;
  try {
    const body: unknown = await response.json();
    if (body !== null && typeof body === 'object') problem = { ...fallback, ...body };
  } catch {
    // Not JSON (a proxy's error page): the fallback says all that is known.
  }
  return new ApiError(problem, Number.isFinite(after) ? after : null);
}

/** Any thrown value as an ApiError, for showing. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError({
    title: m.problems.page,
    status: 0,
    code: 'page_error',
    detail: error instanceof Error ? error.message : String(error),
    hint: m.problems.pageHint,
    retry: 'safe',
  });
}
