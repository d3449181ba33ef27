import { Component, type ReactNode } from 'react'

interface ErrorBoundaryProps {
  /** What was drawn when it failed: when this changes, drawing is tried again. */
  readonly of: unknown
  readonly fallback: (why: string) => ReactNode
  readonly children: ReactNode
}

interface ErrorBoundaryState {
  readonly of: unknown
  /** Why it cannot be drawn; null while it can. */
  readonly why: string | null
}

/**
 * Keeps the page where a part of it cannot be drawn: that part says so, until there is something else to draw. A class,
 * since React has no other way to catch what a component throws.
 */
export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { of: this.props.of, why: null }

  static getDerivedStateFromError(error: unknown): Pick<ErrorBoundaryState, 'why'> {
    return { why: error instanceof Error ? error.message : String(error) }
  }

  static getDerivedStateFromProps({ of }: ErrorBoundaryProps, state: ErrorBoundaryState): ErrorBoundaryState | null {
    return Object.is(of, state.of) ? null : { of, why: null }
  }

  override render(): ReactNode {
    const { why } = this.state
    return why === null ? this.props.children : this.props.fallback(why)
  }
}
