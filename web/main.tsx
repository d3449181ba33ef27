import './validation.ts'
import './theme.css'
import './fonts.css'
import './page.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { browserPage } from './browserPage.ts'
import { learn } from './i18n/dictionary.ts'
import { PageContext } from './panels/hooks.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has an element with the id root')

const page = browserPage()
// The page is not drawn in one language and then in another; without the words of the one that is wanted it speaks English.
await learn(page.session.getState().language).catch((error: unknown) => console.warn(error))
page.openLive()
createRoot(root).render(
  <StrictMode>
    <PageContext value={page}>
      <App />
    </PageContext>
  </StrictMode>,
)
