package dev.hearth.tools;

import picocli.CommandLine.IVersionProvider;

/** The version of the tool, from its jar. */
final class ToolVersion implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[]{"hearth " + text()};
    }

    static String text() {
        String version = ToolVersion.class.getPackage().getImplementationVersion();
        return version == null ? "(unpackaged)" : version;
    }
}
