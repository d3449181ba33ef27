import './client.css'
import { OutsideClient } from './OutsideClient.tsx'
import { TerminalTab } from './TerminalTab.tsx'

/** What stands in the Client region: the terminal, and whoever else has sent what is shown. */
export function ClientPanel() {
  return (
    <div className="client" data-theme="dark">
      <OutsideClient />
      <TerminalTab />
    </div>
  )
}
