using FastAlign.Core;
using FastAlign.Kernels.Conformance;

namespace FastAlign.Tests.Kernels;

/// <summary>Wrong kernels: the reference with one mistake that a kernel writer could make.</summary>
internal static class Mutants
{
    /// <summary>Name of the mutant, the case that must catch it, the wrong ops.</summary>
    public static IReadOnlyList<(string Name, string Case, IOps Ops)> All { get; } =
    [
        ("one element of a product off by 1e-3", "linear/5x123x123", new PerturbedLinear(Reference)),
        ("bias forgotten", "linear/1x257x65-bias", new BiasForgotten(Reference)),
        ("dx assigned where it is to be added", "linear/13x17x33-add-strided", new AddForgotten(Reference)),
        ("dw assigned where it is to be added", "linear/5x123x123", new WeightAssigned(Reference)),
        ("a write beyond the row", "rms_norm/7x257-gemma-strided", new RowOverrun(Reference)),
        ("weight offset dropped", "rms_norm/7x257-gemma-strided", new OffsetDropped(Reference)),
        ("rotation never undone", "rotary/11x3x34", new OneWayRotary(Reference)),
        ("pairing mixed up", "rotary/11x3x34-interleaved", new PairedByHalves(Reference)),
        ("window mask dropped", "attention/window-66", new WindowDropped(Reference)),
        ("siblings see each other", "attention/tree-pair", new SiblingsVisible(Reference)),
        ("dk overwritten by its own double", "attention/131-grouped-strided", new KeyGradientDoubled(Reference)),
        ("target shifted by one", "log_prob_head/5x31x123", new TargetShifted(Reference)),
        ("temperature ignored backward", "log_prob_head/7x16x1031-frozen", new TemperatureIgnored(Reference)),
        ("slope without its target", "log_prob_head/7x16x1031-slope", new SlopeShifted(Reference)),
        ("an input scribbled on", "gated_activation/silu-5x123", new InputScribbled(Reference)),
        ("result depends on a counter", "activation/silu-5x123", new Drifting(Reference)),
        ("bias correction of the next step", "adamw/1031-first", new StepOffByOne(Reference)),
    ];

    private static ReferenceOps Reference => new();

    private sealed class PerturbedLinear(IOps inner) : ForwardingOps(inner)
    {
        public override void LinearForward(Tensor x, Tensor w, Tensor bias, Tensor residual, Tensor y)
        {
            base.LinearForward(x, w, bias, residual, y);
            y.HostSpan<double>()[^1] += 1e-3;
        }
    }

    private sealed class BiasForgotten(IOps inner) : ForwardingOps(inner)
    {
        public override void LinearForward(Tensor x, Tensor w, Tensor bias, Tensor residual, Tensor y) =>
            base.LinearForward(x, w, Tensor.None, residual, y);
    }

    private sealed class AddForgotten(IOps inner) : ForwardingOps(inner)
    {
        public override void LinearBackwardInput(Tensor dy, Tensor w, Write write, Tensor dx) =>
            base.LinearBackwardInput(dy, w, Write.Assign, dx);
    }

    private sealed class WeightAssigned(IOps inner) : ForwardingOps(inner)
    {
        public override void LinearBackwardWeight(Tensor x, Tensor dy, Tensor dw, Tensor dbias)
        {
            Inner.Fill(dw, 0);
            base.LinearBackwardWeight(x, dy, dw, dbias);
        }
    }

    private sealed class RowOverrun(IOps inner) : ForwardingOps(inner)
    {
        public override void RmsNormBackward(Tensor x, Tensor w, Tensor rstd, Tensor dy, NormSpec spec, Write write, Tensor dx, Tensor dw)
        {
            base.RmsNormBackward(x, w, rstd, dy, spec, write, dx, dw);
            dx.HostSpan<double>()[dx.Shape.RowLength] = 1;
        }
    }

    private sealed class OffsetDropped(IOps inner) : ForwardingOps(inner)
    {
        public override void RmsNormForward(Tensor x, Tensor w, NormSpec spec, Tensor y, Tensor rstd) =>
            base.RmsNormForward(x, w, spec with { WeightOffset = 0 }, y, rstd);
    }

    private sealed class OneWayRotary(IOps inner) : ForwardingOps(inner)
    {
        public override void Rotary(Tensor x, Tensor positions, Tensor table, RotaryPairing pairing, RotaryDirection direction) =>
            base.Rotary(x, positions, table, pairing, RotaryDirection.Forward);
    }

    private sealed class PairedByHalves(IOps inner) : ForwardingOps(inner)
    {
        public override void Rotary(Tensor x, Tensor positions, Tensor table, RotaryPairing pairing, RotaryDirection direction) =>
            base.Rotary(x, positions, table, RotaryPairing.Halves, direction);
    }

    private sealed class WindowDropped(IOps inner) : ForwardingOps(inner)
    {
        public override void AttentionForward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec) =>
            base.AttentionForward(tensors, layout, spec with { Window = 0 });
    }

    private sealed class SiblingsVisible(IOps inner) : ForwardingOps(inner)
    {
        public override void AttentionForward(in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec)
        {
            Segment[] segments = layout.Segments.ToArray();
            for (int s = 0; s < segments.Length; s++)
            {
                segments[s] = segments[s] with { Parent = s - 1 };
            }

            base.AttentionForward(tensors, new AttentionLayout(segments, layout.Runs), spec);
        }
    }

    private sealed class KeyGradientDoubled(IOps inner) : ForwardingOps(inner)
    {
        public override void AttentionBackward(
            in AttentionTensors tensors, AttentionLayout layout, AttentionSpec spec, Tensor dy, Tensor dq, Tensor dk, Tensor dv)
        {
            base.AttentionBackward(tensors, layout, spec, dy, dq, dk, dv);
            Inner.Add(dk, 1e-3, dk);
        }
    }

    private sealed class TargetShifted(IOps inner) : ForwardingOps(inner)
    {
        public override void LogProbHeadForward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs)
        {
            Span<int> targets = inputs.Targets.HostSpan<int>();
            int[] saved = targets.ToArray();
            for (int i = 0; i < targets.Length; i++)
            {
                targets[i] = (targets[i] + 1) % inputs.W.Rows;
            }

            base.LogProbHeadForward(inputs, spec, outputs);
            saved.CopyTo(targets);
        }
    }

    private sealed class TemperatureIgnored(IOps inner) : ForwardingOps(inner)
    {
        public override void LogProbHeadBackward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs, in HeadGradients gradients) =>
            base.LogProbHeadBackward(inputs, spec with { Temperature = 1 }, outputs, gradients);
    }

    private sealed class SlopeShifted(IOps inner) : ForwardingOps(inner)
    {
        public override void LogProbHeadForward(in HeadInputs inputs, HeadSpec spec, in HeadOutputs outputs)
        {
            base.LogProbHeadForward(inputs, spec, outputs);
            if (!outputs.Slope.IsNone)
            {
                Tensor target = inputs.W.RowRange(inputs.Targets.HostSpan<int>()[0], 1);
                Inner.Add(target, -1 / spec.Temperature, outputs.Slope.RowRange(0, 1));
            }
        }
    }

    private sealed class InputScribbled(IOps inner) : ForwardingOps(inner)
    {
        public override void GatedActivationForward(Activation kind, Tensor gateUp, Tensor y)
        {
            base.GatedActivationForward(kind, gateUp, y);
            gateUp.HostSpan<double>()[5] = 0;
        }
    }

    private sealed class Drifting(IOps inner) : ForwardingOps(inner)
    {
        private int _calls;

        public override void ActivationForward(Activation kind, Tensor x, Tensor y)
        {
            base.ActivationForward(kind, x, y);
            y.HostSpan<double>()[20] *= 1 + (1e-12 * _calls++);
        }
    }

    private sealed class StepOffByOne(IOps inner) : ForwardingOps(inner)
    {
        public override void AdamW(AdamWStep step, Tensor parameters, Tensor gradients, Tensor firstMoment, Tensor secondMoment) =>
            base.AdamW(step with { Step = step.Step + 1 }, parameters, gradients, firstMoment, secondMoment);
    }
}
