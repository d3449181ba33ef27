/** Why a request is not served: what each of the tables beside this file says of it. */
export interface Refusal {
  status: number
  /** What is wrong, with `%s` for what only the case at hand knows (a limit in bytes, say). ASCII: it stands in the answer's body. */
  message: string
  /** What to do about it. ASCII as well. */
  advice: string
}
