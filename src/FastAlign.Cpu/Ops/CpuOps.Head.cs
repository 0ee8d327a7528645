using FastAlign.Core;

namespace FastAlign.Cpu;

internal sealed partial class CpuOps
{
    public void LogProbHeadForward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs) => throw new NotSupportedException();

    public void LogProbHeadBackward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs, in HeadGradients gradients) => throw new NotSupportedException();
}
