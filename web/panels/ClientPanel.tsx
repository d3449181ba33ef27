import './client.css'
import { lazy, Suspense } from 'react'
import { TerminalTab } from './TerminalTab.tsx'

/** Comes after the picture, as the terminal does; where it cannot be had, the terminal has all the room. */
const OutsideClient = lazy(() =>
  import('./OutsideClient.tsx').then(
    (module) => ({ default: module.OutsideClient }),
    () => ({ default: () => null }),
  ),
)

/** What stands in the Client region: the page's own client, which is a terminal, and any other that sent what is shown. */
export function ClientPanel() {
  return (
    <div className="client" data-theme="dark">
      <Suspense fallback={null}>
        <OutsideClient />
      </Suspense>
      <TerminalTab />
    </div>
  )
}
