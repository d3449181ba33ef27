/** What runs between the cards, and what each wire carries. */
import type { CommonCardId } from './cardId.ts'

export type WireId =
  | 'request' // bytes from the client into 1
  | 'line' // the request line, 1 to 2
  | 'lineToEnviron' // 2 to 3
  | 'headers' // the headers, 1 straight to 3
  | 'call' // the call: environ and start_response, 3 to the application
  | 'input' // the body, when the application pulls it out of its tray
  | 'tether' // the arguments of start_response, back to 4
  | 'head' // what is kept in 4 goes out when the gate opens
  | 'chunks' // next() pulls chunks, application to 5
  | 'response' // bytes from 5 to the client
  | 'cutShort' // a refusal: from 1 to 5, and no further

/** The cards that it joins. */
export const WIRE_ENDS: Readonly<Record<WireId, readonly [from: CommonCardId, to: CommonCardId]>> = {
  request: ['client', 'socket'],
  line: ['socket', 'requestLine'],
  lineToEnviron: ['requestLine', 'environ'],
  headers: ['socket', 'environ'],
  call: ['environ', 'application'],
  input: ['socket', 'application'],
  tether: ['application', 'startResponse'],
  head: ['startResponse', 'response'],
  chunks: ['application', 'response'],
  response: ['response', 'client'],
  cutShort: ['socket', 'response'],
}
