import './validation.ts'
import './theme.css'
import './fonts.css'
import './page.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { page } from './store/stores.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has an element with the id root')

page.openLive()
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
