using FastAlign.Kernels.Device;
using Xunit;

namespace FastAlign.Tests.Gpu;

public sealed class DeviceCodeLintTests
{
    private static readonly KernelInfo Kernel = ElementwiseKernels.Fill;

    [Theory]
    [InlineData("ptx:sm_80", "{\n\tadd.f32 %f1, %f2, %f3;\n}")]
    [InlineData("ptx:sm_80", "{\n\tld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%rd1];\n\tatom.global.add.u32 %r1, [%rd1], %r2;\n}")]
    [InlineData("opencl", "typedef global float* type_1;\nvar1 = (long)((long) var2 *  (long)var3);\nbarrier ( CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE );")]
    public void Violations_CleanCode_AreNone(string target, string code) => Assert.Empty(Violations(target, code));

    [Theory]
    [InlineData("ptx:sm_80", ".extern .func (.param .b32 r) fmaf(.param .b32 a);\n{\n}", "external function")]
    [InlineData("ptx:sm_80", "{\n\tadd.f64 %fd1, %fd2, %fd3;\n}", "double")]
    [InlineData("ptx:sm_80", "{\n\tred.global.add.f32 [%rd1], %f1;\n}", "float atomic")]
    [InlineData("ptx:sm_80", "{\n\tatom.global.add.noftz.bf16 %rs1, [%rd1], %rs2;\n}", "float atomic")]
    [InlineData("ptx:sm_80", "{\n\tld.f32 %f1, [%rd1];\n}", "state space")]
    [InlineData("ptx:sm_80", "{\n\t.local .align 4 .b8 depot[64];\n}", "local memory")]
    [InlineData("ptx:sm_80", "{\n\t.shared .align 4 .b8 tile[64];\n}", "64 bytes of shared memory; the catalogue says 0")]
    [InlineData("opencl", "\tdouble var1;", "double")]
    [InlineData("opencl", "var1 = work_group_reduce_add(var2);", "group or sub-group")]
    [InlineData("opencl", "typedef float* type_1;", "address space")]
    [InlineData("opencl", "var1 = (struct type_2 *)var2;", "address space")]
    [InlineData("opencl", "atomic_fetch_add((global volatile atomic_float *)var1, var2);", "atomic")]
    [InlineData("opencl", "barrier ( CLK_GLOBAL_MEM_FENCE );", "shared memory")]
    [InlineData("opencl", "\tlocal float var1[16];", "64 bytes of shared memory; the catalogue says 0")]
    [InlineData("opencl", "struct type_1\n{\n\tint field_0;\n\tlong field_1;\n\tint field_2;\n};\n\tlocal struct type_1 var1[2];", "48 bytes of shared memory; the catalogue says 0")]
    public void Violations_EachKind_IsFound(string target, string code, string reason) =>
        Assert.Contains(Violations(target, code), violation => violation.Contains(reason, StringComparison.Ordinal));

    /// <summary>Groups of 256 threads leave 255 registers to each; a chain of loads that are all used at the end needs as many as it has.</summary>
    [Fact]
    public void Violations_TooManyLiveRegisters_AreFound()
    {
        string loads = string.Concat(Enumerable.Range(1, 300).Select(static i => $"\tld.global.f32 %f{i}, [%rd1];\n"));
        string sums = string.Concat(Enumerable.Range(2, 299).Select(static i => $"\tadd.f32 %f1, %f1, %f{i};\n"));

        string violation = Assert.Single(Violations("ptx:sm_80", $"{{\n{loads}{sums}\tst.global.f32 [%rd1], %f1;\n}}"));

        // 300 values and the address.
        Assert.StartsWith("302 registers", violation, StringComparison.Ordinal);
    }

    /// <summary>
    /// By hand. In the loop r1 (sum), r2 (counter), r3 (limit) and the address rd1 (two registers) are live, and r4 from its load to its use:
    /// at the add after it, all six. The value r9 before the loop is dead.
    /// </summary>
    [Fact]
    public void PtxBudget_Loop_CountsWhatIsLive()
    {
        const string Code = """
            {
            	.shared .align 4 .b8 a[128];
            	.shared .align 4 .b8 b[32];
            	ld.param.b64 %rd1, [p];
            	ld.param.b32 %r3, [p+8];
            	mov.b32 %r9, 7;
            	mov.b32 %r1, 0;
            	mov.b32 %r2, 0;
            L_1:
            	setp.ge.s32 %p1, %r2, %r3;
            	@%p1 bra L_2;
            	ld.global.b32 %r4, [%rd1];
            	add.s32 %r1, %r1, %r4;
            	add.s32 %r2, %r2, 1;
            	bra.uni L_1;
            L_2:
            	st.global.b32 [%rd1], %r1;
            	ret;
            }
            """;

        Assert.Equal(new PtxBudget(6, 160, 0), PtxBudget.Of(Code));
    }

    private static IEnumerable<string> Violations(string target, string code) =>
        DeviceCodeLint.Violations(new EmittedKernel(Kernel, EmitTarget.All.Single(known => known.Name == target), "", code));
}
