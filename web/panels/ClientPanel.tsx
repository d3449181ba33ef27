import './client.css'
import { later } from './later.tsx'
import { TerminalTab } from './TerminalTab.tsx'

/** Comes after the picture, as the terminal does; where it cannot be had, the terminal has all the room. */
const OutsideClient = later(async () => (await import('./OutsideClient.tsx')).OutsideClient)

/** What stands in the Client region: the page's own client, which is a terminal, and any other that sent what is shown. */
export function ClientPanel() {
  return (
    <div className="client" data-theme="dark">
      <OutsideClient />
      <TerminalTab />
    </div>
  )
}
