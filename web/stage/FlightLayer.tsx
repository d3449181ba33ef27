import type { Flight } from './flights/inFlight.ts'
import type { Metrics } from './metrics.ts'

/** What is in flight, above everything else. Said by the caption, so hidden from screen readers. */
export function FlightLayer({ flights, metrics }: { flights: readonly Flight[]; metrics: Metrics }) {
  return (
    <div className="flights" aria-hidden="true">
      {flights.map((flight) => (
        <div
          key={flight.id}
          className={`flight shape-${flight.shape}`}
          style={{
            transform: `translate(${flight.x.toFixed(1)}px, ${flight.y.toFixed(1)}px)`,
            opacity: flight.opacity,
            lineHeight: `${metrics.line}px`,
          }}
        >
          <span className={`tok tone-${flight.tone}`}>{flight.text}</span>
          {flight.size !== null && <span className="flight-size">{flight.size}</span>}
        </div>
      ))}
    </div>
  )
}
