/**
 * What an inference process of the demo is made of, apart from the runtime it uses: sentences and how often each is
 * asked for, their tokens, the process's memory, and the words in which it talks with the demo.
 */
@NullMarked
package dev.hearth.tools.inference;

import org.jspecify.annotations.NullMarked;
