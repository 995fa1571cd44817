package dev.hearth.store.testing;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.Set;

/**
 * Loads all of Hearth once more, with the one difference that the handles for words of the mark and the table go
 * through {@link SharedWordHook}: tests see each store without a trace of them in the code that is tested.
 */
public final class SharedWordLoader extends ClassLoader {
    private static final String OURS = "dev.hearth.";
    private static final Set<String> HOOKED = Set.of("dev.hearth.store.mark.Words", "dev.hearth.store.table.Words");
    private static final ClassDesc HOOK = ClassDesc.of("dev.hearth.store.testing.SharedWordHook");

    /** Loads the rest through the loader of this class. */
    public SharedWordLoader() {
        super(SharedWordLoader.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith(OURS)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded == null) {
                byte[] bytes = bytesOf(name);
                byte[] used = HOOKED.contains(name) ? hooked(bytes) : bytes;
                loaded = defineClass(name, used, 0, used.length);
            }
            return loaded;
        }
    }

    private byte[] bytesOf(String name) throws ClassNotFoundException {
        try (InputStream stream = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (stream == null) {
                throw new ClassNotFoundException(name);
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    /** Has each handle go through the hook before it is stored in its field. */
    private static byte[] hooked(byte[] bytes) {
        ClassFile classes = ClassFile.of();
        MethodTypeDesc type = MethodTypeDesc.of(ConstantDescs.CD_VarHandle, ConstantDescs.CD_VarHandle);
        return classes.transformClass(classes.parse(bytes), ClassTransform.transformingMethodBodies((code, element) -> {
            if (element instanceof FieldInstruction field
                    && field.typeSymbol().equals(ConstantDescs.CD_VarHandle)
                    && field.opcode() == java.lang.classfile.Opcode.PUTSTATIC) {
                code.invokestatic(HOOK, "hooked", type);
            }
            code.with(element);
        }));
    }
}
