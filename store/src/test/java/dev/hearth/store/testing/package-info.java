/** What the tests of several packages share: JVMs of their own that can be started, stopped and killed. */
@NullMarked
package dev.hearth.store.testing;

import org.jspecify.annotations.NullMarked;
