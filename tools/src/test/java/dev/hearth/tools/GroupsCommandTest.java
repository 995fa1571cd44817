package dev.hearth.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups on the command line: what {@code import} makes, {@code groups}, {@code ls} and {@code rm} of one. */
final class GroupsCommandTest {
    @TempDir
    private Path folder;

    private ToolRunner tool = new ToolRunner();

    @BeforeEach
    void importModel() throws IOException {
        tool = ToolRunner.on(folder.resolve("store"));
        Path model = Files.write(folder.resolve("model.onnx"), new TinyOnnx()
                .floats("encoder.layer.0.weight", 3, 1).floats("encoder.layer.0.bias", 5, 1)
                .floats("encoder.layer.11.weight", 7, 1).floats("embeddings.word.weight", 9, 1).longs("ids", 7, 8)
                .model());
        tool.ok("import", model.toString(), "--namespace", "m@1", "--capacity", "64M");
    }

    private List<String> names(String... args) {
        return tool.ok(args).lines().stream().map(line -> ToolRunner.raw(line, "group")).toList();
    }

    @Test
    void of_names_areTheirLayerAndAll() {
        assertEquals(List.of("encoder.layer.3", "@all"), TensorGroups.of("encoder.layer.3.output.dense.weight"));
        assertEquals(List.of("model.layers.3", "@all"), TensorGroups.of("model.layers.3.mlp.experts.7.w"));
        assertEquals(List.of("blk.0", "@all"), TensorGroups.of("blk.0.attn_q.weight"));
        assertEquals(List.of("embeddings.word", "@all"), TensorGroups.of("embeddings.word.weight"));
        assertEquals(List.of("/encoder/layer.0", "@all"), TensorGroups.of("/encoder/layer.0/Add"));
        assertEquals(List.of("params.0", "@all"), TensorGroups.of("params.0"));
        assertEquals(List.of("0", "@all"), TensorGroups.of("0.weight"));
        assertEquals(List.of("layer3", "@all"), TensorGroups.of("layer3.weight"));
        assertEquals(List.of("@all"), TensorGroups.of("onnx::MatMul_1001"));
        assertEquals(List.of("@all"), TensorGroups.of(".weight"));
    }

    @Test
    void groups_afterImport_areTheLayersAndAll() {
        List<String> lines = tool.ok("groups", "--namespace", "m", "--format", "json").lines();
        assertEquals(4, lines.size());
        assertTrue(lines.get(0).startsWith(
                "{\"group\":\"@all\",\"namespace\":\"m@1\",\"kind\":\"parameter\",\"members\":5,\"logicalBytes\":112,"),
                lines.get(0));
        assertEquals(List.of("\"@all\"", "\"embeddings.word\"", "\"encoder.layer.0\"", "\"encoder.layer.11\""),
                names("groups", "--namespace", "m", "--format", "json"));
        List<String> table = tool.ok("groups", "--namespace", "m").lines();
        assertTrue(table.get(0).matches("group +namespace +kind +members +logicalBytes +storedBytes +version"));
        assertTrue(table.get(3).matches("encoder.layer.0 +m@1 +parameter +2 +32 +[0-9]+ +[0-9]+"), table.get(3));
        assertEquals(ExitCode.NEGATIVE, tool.run("groups", "--namespace", "none").code());
        assertEquals(ExitCode.USAGE, tool.run("groups").code());
    }

    @Test
    void ls_ofAGroup_listsItsMembersAlone() {
        List<String> lines = tool.ok("ls", "--namespace", "m", "--group", "encoder.layer.0", "--format", "json")
                .lines();
        assertEquals(List.of("\"encoder.layer.0.bias\"", "\"encoder.layer.0.weight\""),
                lines.stream().map(line -> ToolRunner.raw(line, "key")).toList());
        assertEquals(ExitCode.NEGATIVE, tool.run("ls", "--namespace", "m", "--group", "none").code());
        assertEquals(ExitCode.USAGE, tool.run("ls", "--group", "encoder.layer.0").code());
    }

    @Test
    void rm_ofAGroup_removesItsMembersAlone() {
        assertTrue(tool.ok("rm", "--namespace", "m", "--group", "encoder.layer.0", "--format", "json").out()
                .startsWith("{\"removed\":true,\"namespace\":\"m@1\",\"group\":\"encoder.layer.0\",\"version\":"));
        assertEquals(ExitCode.NEGATIVE, tool.run("get", "encoder.layer.0.bias", "--namespace", "m").code());
        tool.ok("get", "encoder.layer.11.weight", "--namespace", "m");
        assertEquals(3, names("groups", "--namespace", "m", "--format", "json").size());
        assertEquals(ExitCode.NEGATIVE, tool.run("rm", "--namespace", "m", "--group", "encoder.layer.0").code());
        assertEquals(ExitCode.USAGE, tool.run("rm", "key", "--namespace", "m", "--group", "g").code());
        assertEquals(0, tool.run("verify").code());
    }

    @Test
    void prefetch_ofAGroup_asksForItsMembersAlone() {
        assertEquals("{\"entries\":2,\"logicalBytes\":32}", tool
                .ok("prefetch", "--namespace", "m", "--group", "encoder.layer.0", "--format", "json").lines()
                .getFirst());
        assertEquals(ExitCode.NEGATIVE, tool.run("prefetch", "--namespace", "m", "--group", "none").code());
        assertEquals(ExitCode.USAGE, tool.run("prefetch", "key", "--namespace", "m", "--group", "g").code());
    }

    @Test
    void log_ofGroups_tellsThemFromEntries() {
        tool.ok("rm", "--namespace", "m", "--group", "encoder.layer.0");
        List<String> operations = tool.ok("log", "--format", "json").lines().stream()
                .map(line -> ToolRunner.raw(line, "operation")).toList();
        assertEquals(4, operations.stream().filter("\"put-group\""::equals).count(), operations::toString);
        assertEquals(1, operations.stream().filter("\"remove-group\""::equals).count(), operations::toString);
        assertEquals(2, operations.stream().filter("\"remove\""::equals).count(), operations::toString);
    }
}
