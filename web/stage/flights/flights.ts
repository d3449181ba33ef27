/** What is in flight: the real text, on its way along the wires. A function of the event in flight and how far it is. */
import { clamp } from '../geometry.ts'
import { visibleBytes } from '../text.ts'
import { argumentFlights, callFlights, headFlights, readFlights, waitingFlights } from './applicationFlights.ts'
import { CARRIED, type Flight, type FlightInput, flightWidth, type InFlight, parcel } from './inFlight.ts'
import { environFlights, lineFlights, packetFlights } from './requestFlights.ts'

export function flightsOf(input: FlightInput): InFlight {
  const { flights, tetherEnd } = inFlight(input)
  return { flights: flights.map((flight) => withinStage(flight, input)), tetherEnd }
}

/** A long text on a wire near the border stays in the window. */
function withinStage(flight: Flight, { metrics, width }: FlightInput): Flight {
  const wide = flightWidth(flight, metrics)
  return { ...flight, x: clamp(flight.x, MARGIN, Math.max(MARGIN, width - wide - MARGIN)) }
}

/** From the stage's borders, in pixels. */
const MARGIN = 6

function inFlight(input: FlightInput): InFlight {
  const flight = input.state.flight
  if (flight === null) return { flights: waitingFlights(input), tetherEnd: null }
  const { event, t } = flight
  switch (event.kind) {
    case 'socket.received': {
      const bytes = event.bytes ?? new Uint8Array()
      return parcel(input, 'request', visibleBytes(bytes, CARRIED), event.length, 'plain')
    }
    case 'request.line':
      return { flights: lineFlights(input, t), tetherEnd: null }
    case 'uwsgi.packet':
      return { flights: packetFlights(input, t), tetherEnd: null }
    case 'environ.built':
      return { flights: environFlights(input, t), tetherEnd: null }
    case 'app.called':
      return callFlights(input, t)
    case 'input.read':
      return readFlights(input, event, t)
    case 'app.startResponse':
      return { flights: event.inferred ? [] : argumentFlights(input, event, t), tetherEnd: null }
    case 'app.yielded':
    case 'app.wrote': {
      const bytes = event.bytes ?? new Uint8Array()
      return parcel(input, 'chunks', visibleBytes(bytes, CARRIED), event.length, 'plain', 0.86)
    }
    case 'response.serialized':
      return { flights: headFlights(input, t), tetherEnd: null }
    case 'socket.sent': {
      const bytes = event.bytes ?? new Uint8Array()
      return parcel(input, 'response', visibleBytes(bytes, CARRIED), event.length, 'plain')
    }
    default:
      return { flights: waitingFlights(input), tetherEnd: null }
  }
}
